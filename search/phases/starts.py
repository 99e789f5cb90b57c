"""Configurations that the search tries first: written by hand, and the best ones of before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dropsearch.search.config.load import is_file, load_config
from dropsearch.search.config.points import misfits_in_words, searched_of
from dropsearch.search.config.schema import StudyConfig
from dropsearch.search.config.stored import whole
from dropsearch.search.errors import ConfigError
from dropsearch.search.phases import space
from dropsearch.studies.claims.ranking import ranked
from dropsearch.studies.recommend.recommend import recommend
from dropsearch.studies.store.contract import Point, Start
from dropsearch.studies.store.store import Store

MOST = 5  # of a study


def starts(config: StudyConfig, store: Store) -> tuple[list[Start], list[str]]:
    """What a new study's first trials are, within its budget, and what is to be said of them.

    Raises ConfigError for a file that leaves a value open, NoStudy, DamagedStudy.
    """
    found = [Start(source="search.try", values=searched_of(p, config)) for p in config.search.try_]
    said = []
    for source, point in _before(config, store):
        acting = space.acting(point)
        misfits = list(misfits_in_words(acting, config))
        if misfits:
            said.append(f"Not tried first: {source}, since {'; '.join(misfits)}.")
        else:
            found.append(Start(source=source, values=searched_of(acting, config)))
    distinct = [
        start
        for place, start in enumerate(found)
        if start["values"] and all(start["values"] != one["values"] for one in found[:place])
    ]
    distinct.sort(key=lambda one: not space.is_whole(one["values"], config))  # the drawn evade
    kept = distinct[: config.search.trials]
    if kept:
        said.insert(0, f"Tried first: {', '.join(dict.fromkeys(one['source'] for one in kept))}.")
    if len(kept) < len(distinct):
        said.append(
            f"search.trials: {config.search.trials} leaves no room for "
            f"{len(distinct) - len(kept)} more that would be tried first."
        )
    return kept, said


def tried_first(config: StudyConfig) -> list[str]:
    """What a study would try first, without a look into the store. Raises as `starts` of a file."""
    search, before = config.search, config.search.start_from
    named = [f"{len(search.try_)} of search.try"] if search.try_ else []
    if before is not None and is_file(before):
        _exported(Path(before))
    if before is not None:
        named.append(f"the best of {before}, where they fit")
    return [f"Tried first: {' and '.join(named)}."] if named else []


def _before(config: StudyConfig, store: Store) -> Iterator[tuple[str, Point]]:
    """Points of before, the best first, each with what it is called."""
    name = config.search.start_from
    if name is None:
        return
    if is_file(name):
        yield Path(name).name, _exported(Path(name))
        return
    record = store.find(name)
    with whole(store, name):
        chosen = recommend(store, record)
        best = ranked(store, record, limit=MOST)
    if chosen is None:
        raise ConfigError(f"search.start_from: no trial of the study {name!r} has a score yet.")
    points = [] if chosen.rests_on == "search" else [(f"the answer of {name}", chosen.point)]
    points += [(f"trial {claim.trial} of {name}", claim.point or {}) for claim in best]
    yield from points[:MOST]


def _exported(path: Path) -> Point:
    config = load_config(path)
    open_ = space.searched(config)
    if open_:
        raise ConfigError(
            f"search.start_from: {path} leaves {', '.join(open_)} open: name a file that "
            "`dropsearch export` wrote, or a study."
        )
    return space.point_of({}, config)
