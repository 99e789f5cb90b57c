"""The rules between data.text and the other keys."""

from __future__ import annotations

from dropsearch.search.config.faults import shown, written
from dropsearch.search.config.rules.rule import Faults, Rule, Rules
from dropsearch.search.config.schema import Data, SiteRates, StudyConfig
from dropsearch.search.config.values import ends

RULES = Rules()

WITHOUT_TEXT = ("time", "series", "features", "categories", "static", "missing", "scale", "window")
TEXT_ONLY = (
    "data.tokens",
    "data.vocabulary",
    "data.max_tokens",
    "data.vectors",
    "model.embedding_size",
)


@RULES.reads("data.task", "data.text")
def _no_forecast(config: StudyConfig) -> Faults:
    text = config.data.text
    if config.data.task == "forecast" and text is not None:
        yield "data.text", f"{shown(text)} is for classify and regress alone: leave it out"


def _without_text(key: str) -> Rule:
    """A key of `data` that means nothing where each row is a text."""

    def rule(config: StudyConfig) -> Faults:
        data, default = config.data, Data.model_fields[key].default
        value = getattr(data, key)
        told = (key, value) == ("scale", "window") or data.task == "forecast"  # by another rule
        if data.text is not None and value != default and not told:
            yield (
                f"data.{key}",
                f"{shown(value)} is not read with data.text, where each row is one example and "
                "its text all that is seen: leave it out",
            )

    return rule


def _text_only(key: str) -> Rule:
    def rule(config: StudyConfig) -> Faults:
        section, name = key.split(".")
        part = getattr(config, section)
        value, default = getattr(part, name), type(part).model_fields[name].default
        if config.data.text is None and value != default:
            yield key, f"{shown(value)} is for texts, and data.text names no column: leave it out"

    return rule


for _key in WITHOUT_TEXT:
    RULES.reads("data.task", "data.text", f"data.{_key}")(_without_text(_key))
for _key in TEXT_ONLY:
    RULES.reads("data.text", _key)(_text_only(_key))


@RULES.reads("data.tokens", "data.vectors")
def _vectors_of_words(config: StudyConfig) -> Faults:
    data = config.data
    if data.vectors is not None and data.tokens != "words":
        yield (
            "data.vectors",
            f"{shown(data.vectors)} has vectors of whole words, and data.tokens is "
            f"{shown(data.tokens)}: set data.tokens to words, or leave it out",
        )


@RULES.reads("data.vectors", "model.embedding")
def _needs_vectors(config: StudyConfig) -> Faults:
    embedding = config.model.embedding
    if config.data.vectors is None and embedding != "tuned":
        yield (
            "model.embedding",
            f"{written(embedding)} is for word vectors, and data.vectors names no file: leave it "
            "out",
        )


@RULES.reads("data.text", "data.vectors", "model.embedding_size")
def _needs_size(config: StudyConfig) -> Faults:
    data = config.data
    if data.text is not None and data.vectors is None and config.model.embedding_size is None:
        yield (
            "model.embedding_size",
            "null is for word vectors, and data.vectors names no file: write a number, or leave it "
            "out",
        )


@RULES.reads("data.text", "model.dropout")
def _embedding(config: StudyConfig) -> Faults:
    dropout = config.model.dropout
    if config.data.text is None and isinstance(dropout, SiteRates) and ends(dropout.embedding)[1]:
        yield (
            "model.dropout.embedding",
            f"{written(dropout.embedding)} drops words, and data.text names no text: leave it out",
        )


@RULES.reads("data.text", "model.sites")
def _words_are_dropped(config: StudyConfig) -> Faults:
    if config.data.text is None and "embedding" in config.model.sites:
        yield "model.sites", "embedding drops words, and data.text names no column: leave it out"
