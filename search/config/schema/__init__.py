"""Every key of study.yaml with its type, default and meaning: a module for each part."""

from dropsearch.search.config.schema.data import Data
from dropsearch.search.config.schema.folds import FoldKind, HoldoutColumn
from dropsearch.search.config.schema.network import SiteRates
from dropsearch.search.config.schema.selected import Selected
from dropsearch.search.config.schema.study import SECTIONS, StudyConfig

__all__ = [
    "SECTIONS",
    "Data",
    "FoldKind",
    "HoldoutColumn",
    "Selected",
    "SiteRates",
    "StudyConfig",
]
