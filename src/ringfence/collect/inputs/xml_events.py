"""Windows events as XML: `<Events>` exports, `wevtutil` output, one `<Event>` a line, with or without a root.

Every `<Event>` is cut out as text and parsed alone, so a file of any size is read in bounded memory, a broken event
costs only itself and no document type or entity can be declared at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from ringfence.collect.inputs.limits import FileProblem, Limits, too_long
from ringfence.collect.inputs.lines import text_of
from ringfence.collect.inputs.source import Source
from ringfence.collect.parsers.windows_xml import event_data
from ringfence.collect.record import Record, Rejected
from ringfence.core.errors import InputError, RingfenceError

_XML = re.compile(rb"\s*<(?:\?xml[\s?]|!--|Events?[\s>])")
_OPEN = re.compile(rb"<Event(?=[\s>])")
_CLOSE = b"</Event>"
_NUMBERS = frozenset({"EventID", "Version", "Level", "Task", "Opcode", "EventRecordID"})
_NUMBER_ATTRIBUTES = frozenset({"ProcessID", "ThreadID", "Qualifiers"})
_MAX_DEPTH = 32


def is_xml(head: bytes) -> bool:
    """Tell from the first bytes whether this is XML (a syslog line begins with `<134>`, which is not)."""
    return _XML.match(head) is not None


def read_xml(source: Source, limits: Limits) -> Iterator[Record | Rejected | FileProblem]:
    """Yield one record an `<Event>`; `data` has the shape that the EVTX reader gives, `raw` is the element's text."""
    number, name = 0, source.name
    failure: RingfenceError | None = None
    try:
        for text, size in _elements(source, limits):
            number += 1
            if size > limits.max_record:
                yield Rejected(text, too_long(size, limits), number, {"path": name})
            else:
                yield _record(text, number, name)
    except RingfenceError as error:
        failure = error
    if failure is not None:
        raise failure
    if not number:
        raise InputError("XML without Windows events")


def _elements(source: Source, limits: Limits) -> Iterator[tuple[str, int]]:
    """Yield the text of each event (cut to `keep` when too long) and its true size."""
    buffer, dropped = b"", 0
    kept = b""
    for chunk in source.chunks():
        buffer += chunk
        pos = 0
        while True:
            if not dropped:
                match = _OPEN.search(buffer, pos)
                if match is None:
                    pos = max(pos, len(buffer) - len(b"<Event "))
                    break
                pos = match.start()
            end = buffer.find(_CLOSE, pos)
            if end < 0:
                break
            end += len(_CLOSE)
            size = dropped + end - pos
            head = kept if dropped else buffer[pos:end]
            yield text_of(head[: limits.keep] if size > limits.max_record else head), size
            pos, dropped, kept = end, 0, b""
        buffer = buffer[pos:]
        if len(buffer) > limits.max_record:
            kept = kept or buffer[: limits.keep]
            dropped += len(buffer) - len(_CLOSE)
            buffer = buffer[-len(_CLOSE) :]
    if dropped or _OPEN.match(buffer):
        yield text_of((kept or buffer)[: limits.keep]), dropped + len(buffer)


def _record(text: str, number: int, name: str) -> Record | Rejected:
    try:
        root = fromstring(text, forbid_dtd=True)
        data = {"Event": _event(root)}
    except (ParseError, DefusedXmlException, InputError, ValueError) as error:
        return Rejected(text, f"not a valid event: {error}", number, {"path": name})
    return Record(text, data, "windows", number, meta={"path": name})


def _event(root: Element) -> dict[str, Any]:
    event: dict[str, Any] = {}
    for part in root:
        name = _local(part.tag)
        if name == "System":
            event[name] = {_local(item.tag): _system(item) for item in part}
        elif name == "EventData":
            event[name] = event_data(part)
        else:
            event[name] = _tree(part, 0)
    return event


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _system(item: Element) -> Any:
    name = _local(item.tag)
    attributes = {key: _number(value) if key in _NUMBER_ATTRIBUTES else value for key, value in item.attrib.items()}
    text = (item.text or "").strip()
    value: Any = _number(text) if name in _NUMBERS else text
    if not attributes:
        return value if text else None
    return {"#attributes": attributes, "#text": value} if text else {"#attributes": attributes}


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else text


def _tree(item: Element, level: int) -> Any:
    if level > _MAX_DEPTH:
        raise InputError(f"nested deeper than {_MAX_DEPTH} levels")
    result: dict[str, Any] = {}
    if item.attrib:
        result["#attributes"] = dict(item.attrib)
    for child in item:
        key, value = _local(child.tag), _tree(child, level + 1)
        if key in result:
            earlier = result[key]
            result[key] = [*earlier, value] if isinstance(earlier, list) else [earlier, value]
        else:
            result[key] = value
    text = (item.text or "").strip()
    if not result:
        return text
    if text:
        result["#text"] = text
    return result
