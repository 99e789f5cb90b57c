"""study.yaml: its schema, rules and faults."""

from dropsearch.search.config.load import (
    HoldoutColumn,
    Range,
    SiteRates,
    StudyConfig,
    config_from,
    differences,
    json_schema,
    load_config,
    to_json,
    to_yaml,
)

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
