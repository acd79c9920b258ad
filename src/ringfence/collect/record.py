"""A raw record between an input and a parser."""

from __future__ import annotations

from typing import Any

import msgspec


class Record(msgspec.Struct):
    """One record as an input read it.

    raw: the untouched text (for JSON the original line, for EVTX the record as JSON). Stored as it is.
    data: the decoded object where the record is a JSON object (or a CSV/Zeek-TSV row as a dict), decoded once.
    hint: name of the parser to use when the input knows it ("" = find out). Also "zeek:conn" style with a detail.
    number: 1-based number of the record in its file or stream; 0 where that means nothing.
    meta: what the transport knows: `host`, `sourcetype`, `index`, `path`, `peer`, `time` (µs), `attributes`, ...
    """

    raw: str
    data: dict[str, Any] | None = None
    hint: str = ""
    number: int = 0
    meta: dict[str, Any] = {}


class Rejected(msgspec.Struct):
    """A record that could not be understood, on its way to quarantine. `reason` is one sentence for people."""

    raw: str
    reason: str
    number: int = 0
    meta: dict[str, Any] = {}
