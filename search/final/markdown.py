"""What users have named, in a model card."""

from __future__ import annotations

import re


def plain(text: str) -> str:
    """A name or sentence of the user's on one line, without marks of Markdown or HTML."""
    return re.sub(r"[`|<>\[\]\n\r]", " ", text)
