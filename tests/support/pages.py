"""A report as a reader has it."""

from __future__ import annotations

import html
import re


def sentences(page: str) -> str:
    """The page's words."""
    body = re.sub(r"<(script|style).*?</\1>", "", page.split("<body>")[1], flags=re.DOTALL)
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", body)))
