"""study.yaml: its schema, rules and faults."""

from dropsearch.search.config.load import (
    config_from,
    differences,
    json_schema,
    load_config,
    to_json,
    to_yaml,
)
from dropsearch.search.config.schema import HoldoutColumn, SiteRates, StudyConfig
from dropsearch.search.config.values import Range

__all__ = [
    "HoldoutColumn",
    "Range",
    "SiteRates",
    "StudyConfig",
    "config_from",
    "differences",
    "json_schema",
    "load_config",
    "to_json",
    "to_yaml",
]
