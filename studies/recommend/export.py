"""A chosen configuration as a study.yaml of its own, complete enough to train from."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, cast

from dropsearch.studies.answer.words import ARGS
from dropsearch.studies.recommend.errors import errors_of
from dropsearch.studies.recommend.recommendation import Recommendation
from dropsearch.studies.store.records import StudyRecord
from dropsearch.studies.store.store import Store


def exported(store: Store, record: StudyRecord, chosen: Recommendation) -> dict[str, Any]:
    """A study of one fixed configuration, and under `selected` where it comes from.

    The path of the data is absolute, as in the study's config.
    """
    config = cast(dict[str, Any], copy.deepcopy(record.config))
    config["study"] = f"{record.name}-best"
    own = config["model"].get("network") is not None
    if isinstance(config["model"]["dropout"], dict) and not own:
        config["model"]["dropout"] = {}
    for key, value in chosen.point.items():
        name = key.removeprefix("dropout.").removeprefix(ARGS)
        if own and name == "dropout":
            config["model"]["dropout"] = value
        elif own and name != key:
            config["model"]["args"][name] = value
        elif name != key:
            config["model"]["dropout"][name] = value
        else:
            config["training" if key in config["training"] else "model"][key] = value
    acts = any(chosen.point.get(key) for key in ("dropout.recurrent", "dropout.recurrent_hidden"))
    if not own and not acts:
        config["model"]["recurrent"] = "none"
    config["training"] |= {"epochs": chosen.epochs, "patience": None}
    config["search"] |= {
        "trials": 1,
        "timeout": None,
        "sampler": "tpe",
        "pruner": "none",
        "objectives": ["score"],
        "try": [],
        "start_from": None,
    }
    config["confirm"] = None
    errors = errors_of(store, record, chosen)
    config["selected"] = {
        "trial": chosen.trial,
        "metric": chosen.metric,
        "direction": chosen.direction,
        "score": chosen.score,
        "standard_error": chosen.standard_error,
        "fold_scores": list(chosen.fold_scores),
        "baseline": None
        if chosen.baseline is None
        else {"name": chosen.baseline, "score": chosen.baseline_score},
        "epochs": chosen.epochs,
        "holdout": None if chosen.holdout is None else chosen.holdout["score"],
        "holdout_interval": _ends(chosen.holdout and chosen.holdout["interval"]),
        **({"errors": errors} if isinstance(errors, dict) else {}),
        "fingerprint": record.fingerprint,
        "versions": record.versions,
    }
    return config


def _ends(interval: Mapping[str, float] | None) -> list[float] | None:
    return None if interval is None else [interval["low"], interval["high"]]
