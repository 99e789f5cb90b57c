"""`model` and `training`: the network, and how one is trained."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from dropsearch.models.names import ABOUT_KINDS, SHARED_SITES
from dropsearch.search.config.schema.forms import (
    LIST,
    LISTED,
    RANGE,
    VALUE,
    Amounts,
    Arguments,
    Cells,
    Counts,
    Embeddings,
    EmbeddingSizes,
    Flags,
    Kinds,
    Masks,
    Poolings,
    Positives,
    RateList,
    Rates,
    SharedSites,
    shape,
)
from dropsearch.search.config.values import (
    Count,
    CountRange,
    Positive,
    PositiveRange,
    Rate,
    RateRange,
    Section,
    Text,
)


class SiteRates(Section):
    """A rate for each site; a site left out has rate 0."""

    embedding: Rates = Field(
        default=0.0,
        description="Text: rate of whole words, each dropped wherever it occurs in a sequence.",
        examples=[0.1],
    )
    input: Rates = Field(default=0.0, description="Rate on the features.", examples=[0.0])
    between: Rates = Field(
        default=0.0,
        description="Rate between layers; drawn only where there are two or more.",
        examples=[0.2],
    )
    recurrent: Rates = Field(
        default=0.0,
        description="Rate of the recurrent kind (zoneout: of the cell); drawn only with a kind.",
        examples=[0.25],
    )
    recurrent_hidden: Rates = Field(
        default=0.0,
        description="Zoneout's second rate, of the hidden state; drawn only with zoneout.",
        examples=[0.05],
    )
    output: Rates = Field(default=0.0, description="Rate behind the last layer.", examples=[0.2])


def _dropout_form(value: Any) -> str:
    if isinstance(value, SiteRates):
        return "<sites>"
    if isinstance(value, dict) and not {"low", "high", "step", "log"} & value.keys():
        return "<sites>"
    return shape(value)


RateNames = Annotated[tuple[Text, ...], *LISTED, Field(min_length=1)]
Dropout = Annotated[
    Annotated[Rate, Tag(VALUE)]
    | Annotated[RateList, Tag(LIST)]
    | Annotated[RateRange, Tag(RANGE)]
    | Annotated[SiteRates, Tag("<sites>")],
    Discriminator(_dropout_form),
]


ACTS = [about.acts for about in ABOUT_KINDS.values() if about.acts]


class Model(Section):
    """The network. Every key can be fixed, or searched by a list or a range."""

    network: Text | None = Field(
        default=None,
        description="Your own network, package.module:Class, in place of dropsearch's: a "
        "LightningModule whose constructor takes (features, outputs, *, dropout).",
    )
    args: dict[Text, Arguments] = Field(
        default_factory=dict,
        description="The arguments of your own network by name: each a value, a list or a range.",
    )
    rates: RateNames = Field(
        default=("dropout",),
        description="Which arguments of your own network are dropout rates: dropout, which is "
        "model.dropout, and others of model.args.",
    )
    cell: Cells = Field(
        default="lstm",
        description="What a layer is made of: LSTM cells (lstm), or GRU cells (gru), which have "
        "one state and three quarters of the weights.",
    )
    hidden_size: Counts = Field(
        default=(32, 64, 128), description="Units of each layer.", examples=[64]
    )
    layers: Counts = Field(
        default=CountRange(low=1, high=3),
        description="Layers on top of each other. Left out it is 1, unless "
        "model.dropout.between has a rate.",
        examples=[2],
    )
    bidirectional: Flags = Field(
        default=False,
        description="Whether each layer reads the sequence in both directions. Left out, classify "
        "and regress try both, but in a grid.",
    )
    pooling: Poolings = Field(
        default="last",
        description="What the head sees of the last layer: its last step, or the mean or the "
        "maximum over the steps. Left out, classify and regress try all three, but "
        "in a grid.",
    )
    embedding_size: EmbeddingSizes = Field(
        default=64,
        description="Text: numbers that stand for a word. With data.vectors as many as a word has "
        "there, or null.",
        examples=[64],
    )
    embedding: Embeddings = Field(
        default="tuned",
        description="Text: whether the words' numbers are trained (tuned), or stay as data.vectors "
        "has them (frozen).",
    )
    dropout: Dropout = Field(
        default=RateRange(low=0.0, high=0.8),
        description="Dropout rate: a shared one (at model.sites), or a mapping with a rate for "
        "each site.",
        examples=[0.2],
    )
    sites: SharedSites = Field(
        default=SHARED_SITES,
        description="Sites at which a shared rate acts: embedding (text), input, between, output.",
    )
    mask: Masks = Field(
        default="standard",
        description="Dropout mask: drawn anew at every time step (standard), or once for each "
        "sequence (locked).",
    )
    recurrent: Kinds = Field(
        default="none",
        description="Kind of recurrent dropout, at the rate model.dropout.recurrent: "
        f"{', '.join(ACTS[:-1])}, or {ACTS[-1]}.",
    )


class Training(Section):
    """How one network is trained."""

    epochs: Count = Field(default=40, description="Passes over the training part, at most.")
    patience: Count | None = Field(
        default=6,
        description="Epochs without a better score after which training ends, counted from a third "
        "of the epochs on; null: off.",
    )
    batch_size: Counts = Field(
        default=64, description="Examples in a step of training. Can be searched."
    )
    learning_rate: Positives = Field(
        default=PositiveRange(low=3e-4, high=1e-2, log=True),
        description="Step size of AdamW. Can be searched.",
        examples=[1e-3],
    )
    weight_decay: Amounts = Field(
        default=0.0, description="Weight decay of AdamW. Can be searched."
    )
    clip: Positive | None = Field(
        default=1.0,
        description="Largest norm of the gradient, each fold's network by itself; null: off.",
    )
    averaging: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        default=None,
        description="Share of the old in an exponential average of the weights, taken as each "
        "epoch ends: what is scored and kept. null: the weights of the last step.",
        examples=[0.5],
    )
    class_weights: Annotated[bool, Field(strict=True)] = Field(
        default=False,
        description="classify: whether the loss weighs each class inversely to its share of the "
        "training part, so that a rare class counts for as much as a common one.",
    )
    accelerator: Literal["auto", "cpu", "gpu"] = Field(
        default="auto",
        description="Where to train: on the CPU, on an NVIDIA GPU, or on that only where torch "
        "finds one (auto). Predictions are made on the CPU.",
    )
