"""The two event formats that many products share: ArcSight CEF and QRadar LEEF."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from ringfence.collect.parsers.aliases import apply_aliases
from ringfence.collect.parsers.text import TextParser, header_ecs, header_time, zone_of
from ringfence.collect.record import Record
from ringfence.core.errors import ParseError
from ringfence.ecs.event import EcsValue, FieldValue, Parsed
from ringfence.ecs.logsource import Logsource, logsource

_CEF = re.compile(r"CEF: ?\d")
_KEY = re.compile(r"(?:^|(?<=\s))([A-Za-z_][\w.\[\]-]{0,63})(?<!\\)=")
_MAX_KEYS = 512
_CEF_LEVELS = {"low": 3, "medium": 6, "high": 8, "very-high": 10, "unknown": 0}
_FIREWALL = re.compile(r"firewall|fortigate|pan-os|asa|checkpoint|vpn-1|srx|sonicwall|traffic", re.I)
_PROXY = re.compile(r"proxy|web gateway|websense|nss|zscaler|web security", re.I)
_ANTIVIRUS = re.compile(r"antivirus|anti-virus|endpoint|malware|deep security|officescan|virus", re.I)


def product_logsource(vendor: str, product: str) -> Logsource:
    """The log source of a product that names itself, in lower case with `_` for blanks."""
    text = f"{vendor} {product}"
    category: tuple[str, ...] = ()
    if _FIREWALL.search(text):
        category = ("firewall",)
    elif _PROXY.search(text):
        category = ("proxy",)
    elif _ANTIVIRUS.search(text):
        category = ("antivirus",)
    return logsource(_word(vendor), category, _word(product))


def _word(text: str) -> str:
    return "_".join(text.lower().split())[:64]


def _head(text: str, count: int) -> list[str]:
    """Split at unescaped `|`, `count` parts at most; escapes (`\\|`, `\\\\`) are taken off but in the last part."""
    parts: list[str] = []
    start = at = 0
    while len(parts) < count - 1:
        at = text.find("|", at)
        if at < 0:
            break
        slashes = 0
        while at - slashes - 1 >= start and text[at - slashes - 1] == "\\":
            slashes += 1
        if slashes % 2:
            at += 1
            continue
        parts.append(text[start:at].replace("\\|", "|").replace("\\\\", "\\"))
        start = at = at + 1
    parts.append(text[start:])
    return parts


def extension(text: str) -> dict[str, FieldValue]:
    """Read `key=value key2=value with blanks` with CEF's escapes (`\\=`, `\\\\`, `\\n`, `\\r`)."""
    found = list(_KEY.finditer(text))[:_MAX_KEYS]
    fields: dict[str, FieldValue] = {}
    for index, key in enumerate(found):
        end = found[index + 1].start() if index + 1 < len(found) else len(text)
        value = text[key.end() : end].strip()
        if "\\" in value:
            value = re.sub(r"\\([=\\nr|])", lambda m: {"n": "\n", "r": "\r"}.get(m[1], m[1]), value)
        fields.setdefault(key[1], value)
    for name in [name for name in fields if name.endswith("Label")]:
        label, value = fields[name], fields.get(name[:-5])
        if isinstance(label, str) and label and value is not None:
            fields.setdefault(label.replace(" ", ""), value)
    return fields


def _identity(ecs: dict[str, EcsValue], vendor: str, product: str) -> None:
    ecs["observer.vendor"], ecs["observer.product"] = vendor, product
    ecs["event.module"] = _word(vendor) or "cef"
    ecs["event.dataset"] = f"{_word(vendor)}.{_word(product)}"


class Cef(TextParser):
    """Parses ArcSight Common Event Format; custom strings also get their label as a name."""

    name: ClassVar[str] = "cef"
    title: ClassVar[str] = "Common Event Format (CEF)"
    samples: ClassVar[Sequence[str]] = (
        "Mar  1 08:00:00 fw1 CEF:0|Example|Gate|1.0|100|Denied \\| dropped|5|"
        "src=192.0.2.7 spt=4022 dst=198.51.100.2 dpt=443 suser=mia msg=a\\=b",
    )

    def accepts(self, record: Record) -> bool:
        """Tell whether `CEF:` and a version stand near the beginning."""
        return "CEF:" in record.body[:512] and _CEF.search(record.body[:520]) is not None

    def parse(self, record: Record) -> Parsed:
        """Return the event."""
        found = _CEF.search(record.body[:520])
        parts = _head(record.body[found.start() :], 8) if found is not None else []
        if len(parts) < 7:
            raise ParseError("a CEF record needs seven fields in its head")
        _, vendor, product, version, signature, name, severity = parts[:7]
        fields = extension(parts[7]) if len(parts) > 7 else {}
        ecs = header_ecs(record)
        for header_only in ("process.name", "event.provider", "process.pid"):
            ecs.pop(header_only, None)
        ecs["message"] = name
        _identity(ecs, vendor, product)
        ecs["event.code"], ecs["event.action"] = signature, name
        level = int(severity) if severity.isdigit() and len(severity) < 4 else _CEF_LEVELS.get(severity.lower())
        if level is not None:
            ecs["event.severity"] = level
        time = apply_aliases(fields, ecs, zone_of(record))
        if "cat" in fields:
            fields.setdefault("category", fields["cat"])
        fields |= {
            "DeviceVendor": vendor, "DeviceProduct": product, "DeviceVersion": version,
            "DeviceEventClassID": signature, "Name": name, "Severity": severity,
        }  # fmt: skip
        return Parsed(self.name, product_logsource(vendor, product), time or header_time(record), ecs, fields)


class Leef(TextParser):
    """Parses QRadar Log Event Extended Format 1.0 and 2.0, alone or behind a syslog header."""

    name: ClassVar[str] = "leef"
    title: ClassVar[str] = "Log Event Extended Format (LEEF)"
    samples: ClassVar[Sequence[str]] = (
        "LEEF:2.0|Example|Gate|1.0|denied|^|src=192.0.2.7^"
        "dst=198.51.100.2^usrName=mia^devTime=2026-03-01 08:00:00^sev=5",
        "LEEF:1.0|Example|Gate|1.0|denied|src=192.0.2.7\tdst=198.51.100.2\tusrName=mia\tdevTime=2026-03-01 08:00:00",
    )

    def accepts(self, record: Record) -> bool:
        """Tell whether `LEEF:` stands near the beginning."""
        return "LEEF:" in record.body[:512]

    def parse(self, record: Record) -> Parsed:
        """Return the event."""
        start = record.body.find("LEEF:")
        if start < 0:
            raise ParseError("no LEEF: in the record")
        body = record.body[start:]
        second = body.startswith("LEEF:2")
        parts = _head(body, 7 if second else 6)
        if len(parts) < 6:
            raise ParseError("a LEEF record needs five fields in its head")
        _, vendor, product, version, code = parts[:5]
        delimiter, text = "\t", parts[5]
        if second and len(parts) > 6:
            delimiter, text = _delimiter(parts[5]), parts[6]
        elif second:
            text = parts[5]
        if delimiter == "\t" and "\t" not in text and text.count("=") > 1:
            fields = extension(text)
        else:
            fields = {}
            for pair in text.split(delimiter)[:_MAX_KEYS]:
                key, equals, value = pair.partition("=")
                if equals:
                    fields.setdefault(key.strip(), value.strip())
        ecs = header_ecs(record)
        for header_only in ("process.name", "event.provider", "process.pid"):
            ecs.pop(header_only, None)
        ecs["message"] = body[:2048]
        _identity(ecs, vendor, product)
        ecs["event.code"] = ecs["event.action"] = code
        time = apply_aliases(fields, ecs, zone_of(record))
        _put_endpoint(fields, ecs)
        fields |= {"DeviceVendor": vendor, "DeviceProduct": product, "DeviceVersion": version, "EventID": code}
        return Parsed(self.name, product_logsource(vendor, product), time or header_time(record), ecs, fields)


def _delimiter(text: str) -> str:
    if text[:1] == "x" and 1 < len(text) < 6:
        try:
            return chr(int(text[1:], 16))
        except ValueError:
            return "\t"
    if text[:2] == "0x":
        try:
            return chr(int(text[2:6], 16))
        except ValueError:
            return "\t"
    return text[:1] or "\t"


def _put_endpoint(fields: dict[str, FieldValue], ecs: dict[str, EcsValue]) -> None:
    """What endpoint products name in LEEF: host, image, parent and command line."""
    for key, field in (
        ("identHostName", "host.name"),
        ("HostName", "host.name"),
        ("identSrc", "host.ip"),
        ("ChildPath", "process.executable"),
        ("Path", "process.executable"),
        ("ParentPath", "process.parent.executable"),
        ("CommandLine", "process.command_line"),
        ("TargetPath", "file.path"),
        ("RegKey", "registry.path"),
        ("domain", "user.domain"),
        ("Hash", "process.hash.md5"),
        ("ChildHash", "process.hash.md5"),
        ("MWName", "threat.indicator.name"),
    ):
        value = fields.get(key)
        if isinstance(value, str) and value:
            ecs[field] = value
    path = ecs.get("process.executable")
    if isinstance(path, str):
        ecs["process.name"] = re.split(r"[\\/|]", path)[-1]
