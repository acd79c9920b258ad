"""What is read from one file of rules: no path and no source text, so that it can be cached by content."""

from __future__ import annotations

from typing import Any

import msgspec

from ringfence.sigma.tree import Node


class Document(msgspec.Struct):
    """One rule of a file, of the kind `rule` or `correlation`.

    `start` and `end` cut its source out of the file's text, in characters; `line` counts from 1.
    """

    start: int
    end: int
    line: int
    kind: str
    meta: dict[str, Any]
    condition: Node | None = None


class Problem(msgspec.Struct):
    """Why a document of a file cannot be used, and where (1-based)."""

    message: str
    line: int
    column: int
    remedy: str = ""


class Content(msgspec.Struct):
    """All that is in one file."""

    documents: list[Document]
    problems: list[Problem]
