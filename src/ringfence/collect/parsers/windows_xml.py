"""Windows events as XML text, one `<Event>` a record, read without document types or entities and in bounded depth."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element
from xml.etree.ElementTree import ParseError as XmlError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from ringfence.core.errors import ParseError

_MAX_DEPTH = 16
_MAX_SIZE = 1 << 20
_NUMBERS = frozenset(("EventID", "Version", "Level", "Task", "Opcode", "EventRecordID"))


def read_event(text: str) -> dict[str, Any]:
    """Return `{"System": {...}, "EventData": {...}, ...}` of one `<Event>`; raise ParseError for what is none."""
    root = _root(text)
    if _local(root.tag) != "Event":
        raise ParseError("the XML is no Windows event")
    return {_local(part.tag): _part(part) for part in root}


def data_of_xml(text: str) -> dict[str, Any]:
    """Return the `<Data>` values of an XML fragment, wherever they stand in it; {} for what is no XML."""
    try:
        root = _root(text)
    except ParseError:
        return {}
    for node in root.iter():
        if _local(node.tag) in ("EventData", "UserData"):
            return event_data(node)
    return event_data(root)


def _root(text: str) -> Element:
    if len(text) > _MAX_SIZE:
        raise ParseError("the XML is larger than 1 MB")
    try:
        return fromstring(text, forbid_dtd=True)
    except (XmlError, DefusedXmlException, ValueError) as error:
        raise ParseError(f"not well-formed XML: {error}") from error


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _part(part: Element) -> Any:
    name = _local(part.tag)
    if name == "EventData":
        return event_data(part)
    return _tree(part, 0)


def event_data(part: Element) -> dict[str, Any]:
    """Return the fields of `EventData`: named `Data` by name, nameless ones as a list, as the EVTX reader has them."""
    data: dict[str, Any] = {}
    nameless: list[str] = []
    for item in part:
        key, text = item.attrib.get("Name"), item.text or ""
        if key:
            data[key] = text
        elif _local(item.tag) == "Data":
            nameless.append(text)
        else:
            data[_local(item.tag)] = text
    if nameless:
        data["Data"] = {"#text": nameless}
    return data


def _tree(item: Element, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        raise ParseError(f"the XML is nested deeper than {_MAX_DEPTH} levels")
    found: dict[str, Any] = {}
    if item.attrib:
        found["#attributes"] = dict(item.attrib)
    for child in item:
        key, value = _local(child.tag), _tree(child, depth + 1)
        if key in found:
            earlier = found[key]
            found[key] = [*earlier, value] if isinstance(earlier, list) else [earlier, value]
        else:
            found[key] = value
    text = (item.text or "").strip()
    if not found:
        name = _local(item.tag)
        return int(text) if name in _NUMBERS and text.isdigit() and text.isascii() and len(text) < 19 else text
    if text:
        found["#text"] = text
    return found
