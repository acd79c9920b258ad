"""Conditions of exclusions: the detection part of a Sigma rule, understood by the kernel's own reader.

An exclusion means exactly what the same lines would mean in a rule, because they go through the same code: the text
is put under a rule of its own and read as a rule file is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import yaml

from ringfence.core.errors import ContentError
from ringfence.ecs.event import Event
from ringfence.sigma.load import read_documents
from ringfence.sigma.reference import holds
from ringfence.sigma.tree import Node
from ringfence.sigma.values import View

MAX_CHARACTERS = 16_384
"""Longest condition."""

_HEAD = "title: exclusion\nlogsource: {product: any}\ndetection:\n"
_INDENT = "  "


@lru_cache(maxsize=4096)
def compile_condition(text: str) -> Node:
    """Return the condition as the kernel's tree.

    Raises `ContentError` with line and column in the text (1-based) where it cannot be understood.
    """
    if len(text) > MAX_CHARACTERS:
        raise _wrong(f"a condition has at most {MAX_CHARACTERS} characters", 1, 1)
    lines = text.splitlines()
    document = _HEAD + "".join(f"{_INDENT}{line}\n" for line in lines)
    if not any(line.strip().startswith("condition:") for line in lines):
        raise _wrong("the line `condition:` is missing", max(1, len(lines)), 1)
    content = read_documents()(document, {})
    if content.problems:
        first = content.problems[0]
        line, column = first.line - _HEAD.count("\n"), first.column - len(_INDENT)
        raise _wrong(first.message, line, column, first.remedy)
    if len(content.documents) != 1 or content.documents[0].condition is None:
        raise _wrong("a condition is one detection", 1, 1)
    return content.documents[0].condition


def _wrong(message: str, line: int, column: int, remedy: str = "") -> ContentError:
    return ContentError(message, path="condition", line=max(1, line), column=max(1, column), remedy=remedy)


def covers(condition: str, event: Event) -> bool:
    """Tell whether the condition holds for the event."""
    return holds(compile_condition(condition), View(event.fields, event.ecs, event.raw))


def write_condition(items: Iterable[tuple[str, str]]) -> str:
    """Return the condition that all these fields have these values, whatever characters are in them."""
    selection: Mapping[str, Any] = {field: escape(value) for field, value in items}
    body = {"selection": selection, "condition": "selection"}
    # Line separators of Unicode would be written as they are, and be read as ends of lines.
    plain = all(text.isprintable() for pair in selection.items() for text in pair)
    return yaml.safe_dump(body, sort_keys=False, allow_unicode=plain, width=1_000_000)


def escape(value: str) -> str:
    """Return the Sigma value that means exactly this text: wildcards, and backslashes where they would escape."""
    out: list[str] = []
    at = 0
    while at < len(value):
        char = value[at]
        if char in "*?":
            out.append("\\" + char)
            at += 1
        elif char == "\\":
            end = at
            while end < len(value) and value[end] == "\\":
                end += 1
            # A lone backslash before an ordinary character stands for itself, as authors of rules write paths.
            alone = end - at == 1 and end < len(value) and value[end] not in "*?"
            out.append("\\" if alone else "\\\\" * (end - at))
            at = end
        else:
            out.append(char)
            at += 1
    return "".join(out)
