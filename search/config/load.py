"""study.yaml: the door through which a configuration comes in, and goes out.

`load_config` and `config_from` check everything and report all faults at once; inside nobody
checks again. The schema is in `schema`, the rules between its keys in `rules`.
"""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dropsearch.search.config.faults import Fault, Source, explained, raise_faults, shown
from dropsearch.search.config.rules import broken_rules
from dropsearch.search.config.rules.of_network import OURS, YOURS
from dropsearch.search.config.schema import SECTIONS, StudyConfig
from dropsearch.search.config.starts import starts
from dropsearch.search.config.yaml_text import read_yaml
from dropsearch.search.errors import ConfigError
from dropsearch.studies.recommend.yaml_text import write_yaml


def load_config(path: Path | str) -> StudyConfig:
    """Read and check a study.yaml (or the same in JSON).

    Raises ConfigError with all faults: each names the file, line, key, value and mend.
    """
    path = Path(path)
    source = read_yaml(path)
    return _checked(source, path.parent)


def config_from(mapping: Mapping[str, Any], base: Path) -> StudyConfig:
    """The same from a mapping; relative paths of data start at `base`. Raises ConfigError."""
    return _checked(Source("The configuration", mapping), base)


def _checked(source: Source, base: Path) -> StudyConfig:
    raw = dict(source.content)
    for section in SECTIONS:
        if raw.get(section) is None:
            raw[section] = {}
    faults = list(source.faults)
    try:
        config = StudyConfig.model_validate(raw)
    except ValidationError as error:
        found = explained(error, StudyConfig, source)
        faults += [fault for fault in found if not fault.under(faults)]
        config = _mended(raw, faults)
    faults += broken_rules(config, source, faults)
    if faults:
        raise_faults(faults, source)
    return _settled(config, base)


def _settled(config: StudyConfig, base: Path) -> StudyConfig:
    """With whole paths and what the task decides of the network, the size of an embedding left to
    the word vectors, where there are any and it is not set."""
    data, model = config.data, starts(config)
    paths = {"path": _whole(base, data.path)}
    if data.vectors is not None:
        paths["vectors"] = _whole(base, data.vectors)
        if "embedding_size" not in config.model.model_fields_set:
            model = model.model_copy(update={"embedding_size": None})
    search = config.search
    if search.start_from is not None and is_file(search.start_from):
        search = search.model_copy(update={"start_from": _whole(base, search.start_from)})
    data = data.model_copy(update=paths)
    return config.model_copy(update={"data": data, "model": model, "search": search})


def is_file(name: str) -> bool:
    """Whether search.start_from names a file, and not a study."""
    return Path(name).suffix.lower() in (".yaml", ".yml", ".json")


def _whole(base: Path, name: str) -> str:
    path = os.path.abspath(os.path.join(base, name))
    if "Cs" in map(unicodedata.category, path):
        raise ConfigError(f"{path!r} holds bytes that are not UTF-8: rename the file or folder.")
    return path


def _mended(raw: dict[str, Any], faults: list[Fault]) -> StudyConfig:
    """`raw` with stand-ins for its faulty keys, so that the rules see the others.

    A rule that reads a faulty key is then passed over.
    """
    good: dict[str, Any] = {"study": "x", "data": {"path": "x", "task": "forecast", "target": "x"}}
    faulty = {
        fault.path[:depth] for fault in faults for depth in (1, 2) if len(fault.path) >= depth
    }
    for section in SECTIONS:
        whole = isinstance(raw[section], Mapping) and all(f.path != (section,) for f in faults)
        keys = raw[section] if whole else {}
        kept = {key: value for key, value in keys.items() if (section, key) not in faulty}
        good[section] = good.get(section, {}) | kept
    return StudyConfig.model_validate(good)


def to_yaml(config: StudyConfig) -> str:
    """The configuration as YAML in block style, which `load_config` reads back without loss."""
    return write_yaml(_content(config))


def to_json(config: StudyConfig) -> str:
    """The same as JSON; `load_config` reads this, too."""
    return json.dumps(_content(config), indent=2).replace("\x7f", "\\u007f") + "\n"


def _content(config: StudyConfig) -> dict[str, Any]:
    content = config.model_dump(mode="json")
    idle = YOURS if config.model.network is None else OURS
    content["model"] = {key: v for key, v in content["model"].items() if key not in idle}
    if config.selected is None:
        del content["selected"]
    return content


def json_schema() -> dict[str, Any]:
    """The JSON schema of study.yaml, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **StudyConfig.model_json_schema(),
        "title": "study.yaml of dropsearch",
    }


# The content of the data is compared by its fingerprint, so the files may have moved.
MAY_CHANGE = {
    *("data.path", "data.vectors", "search.trials", "search.timeout", "search.start_from"),
    *("confirm", "selected"),
}


def differences(old: StudyConfig, new: StudyConfig) -> list[str]:
    """What a file says otherwise than the stored study, in words, a sentence for each key.

    Passes over what may change when a study is resumed.
    """
    then, now = _flat(old), _flat(new)
    return [
        f"{key}: {shown(then.get(key))} in the study, {shown(now.get(key))} in the file"
        for key in dict.fromkeys((*then, *now))
        if then.get(key) != now.get(key) and key not in MAY_CHANGE
    ]


def _flat(config: StudyConfig) -> dict[str, Any]:
    """Each key with its section, as `model.layers`."""
    flat: dict[str, Any] = {}
    for key, value in config.model_dump(mode="json").items():
        if key in SECTIONS:
            flat |= {f"{key}.{name}": item for name, item in value.items()}
        else:
            flat[key] = value
    return flat
