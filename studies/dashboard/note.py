"""What optuna-dashboard shows of a study besides its trials: a note, two figures and two files.

The worker that ends the study writes it, except for the report, which takes seconds and is written
by the dashboard when it runs. All of it may be written again.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from optuna.study import Study

from dropsearch.studies.answer.words import metric_in_words
from dropsearch.studies.claims import optuna_study
from dropsearch.studies.claims.ranking import ranked
from dropsearch.studies.dashboard.attachments import (
    CONFIG,
    REPORT,
    attach,
    detach,
    is_attached,
    path_of,
)
from dropsearch.studies.errors import StudiesError
from dropsearch.studies.recommend.answer_table import Row, answer_rows, on_one_line
from dropsearch.studies.recommend.export import exported
from dropsearch.studies.recommend.recommendation import Recommendation
from dropsearch.studies.recommend.yaml_text import write_yaml
from dropsearch.studies.report.evidence import Evidence
from dropsearch.studies.store.optuna_storage import find_study
from dropsearch.studies.store.records import DONE, StudyRecord
from dropsearch.studies.store.store import Store

if TYPE_CHECKING:
    import plotly.graph_objects as go

log = logging.getLogger("dropsearch")

Writer = Callable[[Evidence, Study], None]

WRITTEN = "dropsearch_note"  # user attribute: hashes of the notes that we may write over
END = "dropsearch_end"  # user attribute: the study's end that the page tells of, if any
FRAME = {  # the dashboard gives a figure 450 pixels in height and no title
    "height": 450,
    "margin": {"t": 45},
    "legend": {"y": -0.2, "yanchor": "top", "font": {"size": 11}},
}
MOST_TRIALS = 200  # drawn behind the curve, the best; the database keeps figures in small pieces
GAP = "\u2003"  # between the columns of a table, which the dashboard draws without


def publish(store: Store, record: StudyRecord) -> None:
    """Write what the study's page shows beside its trials. Never raises: faults are logged."""
    _write(store, record, WRITERS)


def publish_missing(store: Store) -> None:
    """Write the page of each ended study that lacks that of its end, and each missing report; and
    that of a study that runs again, which tells of its end before.

    A page is missing where its worker was killed at that moment, or where the study was renamed,
    which makes a bare copy.
    """
    for record in store.studies():
        try:
            _publish_missing(store, record)
        except StudiesError:
            raise
        except Exception as error:  # of a damaged study: the others go on
            log.warning("The page of %r waits: %s", record.name, error)


def _publish_missing(store: Store, record: StudyRecord) -> None:
    found = find_study(store.optuna, record)
    if found is None:
        return
    told = store.optuna.get_study_user_attrs(found).get(END)
    over = record.phase == DONE
    if not over and told is None:
        return
    named = optuna_study.METRIC_NAMES in store.optuna.get_study_system_attrs(found)
    if not named or told != str(record.ended):
        publish(store, record)
    if over and not is_attached(store, record, found, REPORT):
        _write(store, record, {"report": _write_report})


def _write(store: Store, record: StudyRecord, writers: Mapping[str, Writer]) -> None:
    seen = None
    for what, write in writers.items():
        try:
            now = store.study(record.uuid)
            if now is None:
                return
            seen = seen or Evidence(store, now)
            write(seen, optuna_study.load_study(store, now))
        except Exception as error:
            log.warning("The dashboard lacks the %s of %r: %s", what, record.name, error)


def note_of(
    record: StudyRecord, chosen: Recommendation | None, links: Mapping[str, str] = {}
) -> str:
    """The recommendation as Markdown, its figures in a table; `links`: the study's files."""
    said = _note(record, chosen) if chosen else ["No trial gave a score."]
    files = ", ".join(f"[{name}]({url})" for name, url in links.items())
    return "\n".join([*said, f"\nFiles: {files}" if files else ""])


def _note(record: StudyRecord, chosen: Recommendation) -> Iterator[str]:
    lead = chosen.headline
    yield f"**{_escaped(lead.said)}**\n"
    yield f"{_escaped(lead.because)} {_escaped(lead.todo)}\n"
    yield from (f"- {_escaped(sentence)}" for sentence in chosen.sentences)
    if chosen.warnings:
        yield "\nMind:\n"
        yield from (f"- {_escaped(warning)}" for warning in chosen.warnings)
    if chosen.table:
        metric = metric_in_words(record)
        yield "\n" + _line(["configuration", metric, "than the recommended", "", "epochs"])
        yield "| :-- | --: | --: | :-- | --: |"
        yield from (_row(row) for row in answer_rows(chosen.table))
        yield "\nThan the recommended: the difference, + is better, and its interval."


def _row(row: Row) -> str:
    name = _escaped(row["name"])
    cells = [
        f"**{name}**" if row["chosen"] else name,
        f"{row['score']} {row['error']}",
        on_one_line(row["beside"]),
        row["said"],
        str(row["epochs"]),
    ]
    return _line(cells)


def _line(cells: Sequence[str]) -> str:
    return "| " + f" | {GAP}".join(cells) + " |"


def _escaped(words: str) -> str:
    """The same words in Markdown, on one line."""
    return re.sub(r"([\\`*_<>\[\]|~])", r"\\\1", " ".join(words.split()))


def _write_names(seen: Evidence, study: Study) -> None:
    optuna_study.name_objectives(seen.store.optuna, seen.record, study._study_id)


def _write_note(seen: Evidence, study: Study) -> None:
    """The note, unless a person has written or changed it.

    While one note takes the other's place, the hashes of both are kept, so that a kill in between
    leaves none that looks like a person's.
    """
    from optuna_dashboard import get_note, save_note

    record, number = seen.record, study._study_id
    files = [CONFIG, REPORT] if is_attached(seen.store, record, number, CONFIG) else [REPORT]
    links = {name: path_of(record, number, name) for name in files}
    before, body = get_note(study), note_of(record, seen.chosen, links)
    if _hash(before) in study.user_attrs.get(WRITTEN, [_hash("")]) and before != body:
        study.set_user_attr(WRITTEN, [_hash(before), _hash(body)])
        save_note(study, body)
        study.set_user_attr(WRITTEN, [_hash(body)])


def _write_attributes(seen: Evidence, study: Study) -> None:
    """The answer where optuna-dashboard shows its own best trial, which is another thing."""
    if seen.chosen is None:
        return
    chosen = seen.chosen
    said = {
        "answer": chosen.headline.said,
        "verdict": chosen.headline.verdict,
        "score": f"{metric_in_words(seen.record)} {chosen.score:.4g} ± {chosen.standard_error:.2g}",
        "best_trial_is": "the luckiest of the search, not the answer, whose fits are no trials",
    }
    for key, value in said.items():
        study.set_user_attr(key, value)


def _hash(note: str) -> str:
    return hashlib.sha256(note.encode()).hexdigest()[:16]


def _write_figures(seen: Evidence, study: Study) -> None:
    """The response curve and the overfitting picture; without a curve there is neither."""
    answer = seen.answer
    if answer is None:
        return
    from optuna_dashboard import save_plotly_graph_object

    from dropsearch.studies.plots.overfitting import overfitting
    from dropsearch.studies.plots.response import response_curve

    trials = ranked(seen.store, seen.record, limit=MOST_TRIALS)
    figures = {
        "Response curve": response_curve(answer, trials),
        "Overfitting": overfitting(answer),
    }
    for title, figure in figures.items():
        figure.update_layout(FRAME | {"title": {"text": title, "x": 0.01}})
        _shorten(figure)
        name = title.lower().replace(" ", "-")
        save_plotly_graph_object(study, figure, graph_object_id=name)


def _shorten(figure: go.Figure) -> None:
    """Shorter words, since the dashboard gives a figure less room than the report does."""
    for axis in figure.select_yaxes():
        if axis.title.text:
            axis.title.text = axis.title.text.partition(" (")[0]
            axis.title.font.size = 11


def _write_config(seen: Evidence, study: Study) -> None:
    if seen.chosen is not None:
        config = write_yaml(exported(seen.store, seen.record, seen.chosen))
        attach(seen.store, seen.record, CONFIG, config)


def _write_report(seen: Evidence, study: Study) -> None:
    from dropsearch.studies.report.report import report_html

    attach(seen.store, seen.record, REPORT, report_html(seen.store, seen.record))


def _write_end(seen: Evidence, study: Study) -> None:
    study.set_user_attr(END, str(seen.record.ended))


def _drop_report(seen: Evidence, study: Study) -> None:
    detach(seen.store, seen.record, REPORT)


WRITERS: dict[str, Writer] = {
    "report of this answer": _drop_report,
    "names of the objectives": _write_names,
    "attributes": _write_attributes,
    "figures": _write_figures,
    "config": _write_config,
    "note": _write_note,  # after the files, since it has links to them
    "end": _write_end,  # last: now the page is whole
}
