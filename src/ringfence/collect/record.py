"""A raw record between an input and a parser."""

from __future__ import annotations

from typing import Any

import msgspec


class SyslogHeader(msgspec.Struct):
    """What stood before the message of a syslog line (RFC 3164, 5424 or what devices make of them).

    time: µs UTC or None. priority: 0-191 or None (facility * 8 + severity). `data` holds RFC 5424 structured data
    flattened as `id.name`.
    """

    time: int | None = None
    priority: int | None = None
    host: str = ""
    program: str = ""
    pid: str = ""
    message_id: str = ""
    data: dict[str, str] = {}


class Record(msgspec.Struct):
    """One record as an input read it.

    raw: the untouched text (for JSON the original line, for EVTX the record as JSON). Stored as it is.
    data: the decoded object where the record is a JSON object (or a CSV/Zeek-TSV row as a dict), decoded once.
    hint: name of the parser to use when the input knows it ("" = find out). Also "zeek:conn" style with a detail.
    number: 1-based number of the record in its file or stream; 0 where that means nothing.
    body: for text records the part after the syslog header (the whole line where there is none); set by the normaliser.
    syslog: the header, where there is one; set by the normaliser.
    meta: what the transport knows: `host`, `sourcetype`, `index`, `path`, `peer`, `time` (µs), `attributes`, ...
    """

    raw: str
    data: dict[str, Any] | None = None
    hint: str = ""
    number: int = 0
    body: str = ""
    syslog: SyslogHeader | None = None
    meta: dict[str, Any] = {}


class Rejected(msgspec.Struct):
    """A record that could not be understood, on its way to quarantine. `reason` is one sentence for people."""

    raw: str
    reason: str
    number: int = 0
    meta: dict[str, Any] = {}
