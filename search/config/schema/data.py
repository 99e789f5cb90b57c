"""`data`: the file, what its columns mean, and how they are read."""

from __future__ import annotations

from pydantic import Field

from dropsearch.models.names import Labelling, Missing, Repeated, Scale, Shape, Task, Tokens
from dropsearch.search.config.schema.names import (
    Codes,
    Column,
    Columns,
    Cycles,
    FilePath,
    TargetColumns,
    TimeColumns,
)
from dropsearch.search.config.schema.table import TableForm
from dropsearch.search.config.values import Count, Section


class Data(Section):
    """The file, what its columns mean, and how they are read."""

    path: FilePath = Field(
        description="CSV or Parquet file, no pipe; a relative path starts at the folder of "
        "study.yaml.",
        examples=["sunspots.csv"],
    )
    table: TableForm | None = Field(
        default=None,
        description="How the file is written, where it does not show; null: it is looked at.",
        examples=[{"header": 3, "skip": [4], "separator": ";", "decimal": ","}],
    )
    task: Task = Field(
        description="What to predict: the next steps of a series, or one class or number for each "
        "sequence.",
        examples=["forecast"],
    )
    layout: Shape | None = Field(
        default=None,
        description="How the table lies. long: one row is one step. rows: one row is one sequence "
        "or series, its steps in columns. columns: one column is one series. calendar: one row is "
        "one year, its months or quarters in columns. null: long, and a table that looks like rows "
        "is refused.",
        examples=["rows"],
    )
    time: TimeColumns | None = Field(
        default=None,
        description="Column that orders the rows of a series, or a list of those that do so "
        "together, as [date, time] or [year, month, day]. A forecast needs it.",
        examples=["month"],
    )
    series: Column | None = Field(
        default=None,
        description="Column that names the series or sequence of a row. "
        "classify and regress need it, or data.text.",
        examples=["id"],
    )
    target: TargetColumns = Field(
        description="Column to predict; of forecasts also a list of columns, which one network "
        "predicts together. Forecasts of a wide table: a name for what its cells hold.",
        examples=["sunspots"],
    )
    features: Columns | None = Field(
        default=None,
        description="Numeric columns that the network sees; null: every other numeric or "
        "true/false column.",
    )
    categories: Columns = Field(
        default=(), description="Columns of words used as features, one-hot from the training part."
    )
    static: Columns = Field(
        default=(),
        description="Columns with one value for each series, numbers or words, which the network "
        "sees beside what it has read of the series.",
    )
    known: Columns = Field(
        default=(),
        description="Forecasts: columns whose values are known in advance at the steps to be "
        "forecast, such as a price or a holiday. Each is a feature, named in data.features or not; "
        "words stand in data.categories, too.",
        examples=[["price", "holiday"]],
    )
    calendar: Cycles = Field(
        default=(),
        description="Forecasts: the minute, hour, weekday, day (of the month), week (of the year) "
        "or month of each step, as sine and cosine; known in advance.",
        examples=[["hour", "weekday"]],
    )
    text: Column | None = Field(
        default=None,
        description="classify and regress: column of texts, each row an example of its own, "
        "instead of series and features.",
        examples=["text"],
    )
    tokens: Tokens = Field(
        default="words", description="Text: what it is cut into, words or byte-pair tokens (bpe)."
    )
    vocabulary: Count = Field(
        default=20_000, description="Text: tokens learnt from the training part, at most."
    )
    max_tokens: Count = Field(
        default=400, description="Text: tokens of a text that are read; longer ones are cut."
    )
    vectors: FilePath | None = Field(
        default=None,
        description="Text: file of word vectors that the words start from, in the text format of "
        "word2vec or GloVe, plain or gzipped; a relative path as that of data.path.",
        examples=["glove.6B.100d.txt.gz"],
    )
    group: Column | None = Field(
        default=None,
        description="Column whose values must not be split across folds, such as a patient.",
    )
    missing: Missing = Field(
        default="refuse",
        description="Blanks in features: refuse them, repeat the value before, draw a line "
        "between neighbours (linear not for forecasts: it looks ahead), or take those at the end "
        "of a sequence for its end.",
    )
    missing_codes: Codes = Field(
        default=(),
        description="Numbers that stand for a missing value in features, and in a target of "
        "numbers.",
        examples=[[-999]],
    )
    repeated: Repeated = Field(
        default="keep",
        description="Sequences or texts that occur more than once: keep them as they are, or "
        "together in one fold.",
    )
    scale: Scale = Field(
        default="auto",
        description="Scaling by the fold's training part (train), of each window by its own inputs "
        "(window, forecasts only), or none; auto: window for forecasts of many series, else train. "
        "In a window a feature that stands still is scaled by the training part, and so is all "
        "where a window is one step.",
    )
    window: Count | None = Field(
        default=None,
        description="Steps that a forecast sees, which needs it; classify and regress: rows of "
        "each window that is cut from streams whose rows carry a label each.",
        examples=[48],
    )
    horizon: Count | None = Field(
        default=None,
        description="Steps that a forecast predicts. A forecast needs it.",
        examples=[12],
    )

    @property
    def targets(self) -> tuple[str, ...]:
        """The columns to predict."""
        return (self.target,) if isinstance(self.target, str) else self.target

    @property
    def times(self) -> tuple[str, ...]:
        """The columns of the time."""
        return (self.time,) if isinstance(self.time, str) else self.time or ()

    stride: Count | None = Field(
        default=None,
        description="Streams: rows from the start of one window to that of the next; null: those "
        "of a window.",
        examples=[24],
    )
    label: Labelling | None = Field(
        default=None,
        description="Streams: the label of a window is that of most of its rows (majority), of its "
        "last row (last), or of all of them (pure: mixed windows are left out); null: majority for "
        "classes, last for numbers.",
        examples=["majority"],
    )

    @property
    def rows_apart(self) -> int:
        """From one window of streams to the next; 0: these are no streams."""
        return 0 if self.task == "forecast" else self.stride or self.window or 0

    @property
    def files(self) -> str:
        """The names of the files that are read."""
        return self.path if self.vectors is None else f"{self.path} and {self.vectors}"
