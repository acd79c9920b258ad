"""The explicit table of parsers, most specific first. Nothing is scanned or guessed.

A record that is (or carries) a JSON object is offered to `JSON_PARSERS`, any other to `TEXT_PARSERS`; the last entry
of each accepts everything of its kind.
"""

from __future__ import annotations

from ringfence.collect.parsers.base import Parser
from ringfence.collect.parsers.fallback import KeyValue, Line, Syslog
from ringfence.collect.parsers.text import TextParser
from ringfence.collect.parsers.windows import Windows, WindowsXml

JSON_PARSERS: tuple[Parser, ...] = (Windows(),)

_TEXT: tuple[TextParser, ...] = (
    WindowsXml(),
    KeyValue(),
    Syslog(),
    Line(),
)

TEXT_PARSERS: tuple[Parser, ...] = _TEXT
