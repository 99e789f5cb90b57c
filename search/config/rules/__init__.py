"""The rules between keys of study.yaml. Each says which keys it reads; a rule over a key that is
itself at fault is passed over, so that every other fault still shows."""

from dropsearch.search.config.rules.broken import broken_rules

__all__ = ["broken_rules"]
