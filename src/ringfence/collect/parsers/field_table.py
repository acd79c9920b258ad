"""Native field names to ECS names, as tables: `{"srcip": "source.ip", "exe": "@image", ...}`.

A target is an ECS name, converted as its kind asks, or one that is made of the value: `@image` (executable and name of
the process), `@parent` (the same of its parent), `@file` (path, name, extension), `@user` (`DOMAIN\\name`), `@target`
(the same for `user.target.name`), `@hashes` and `@file_hashes` (`SHA256=..,MD5=..`), `@answers` (DNS), `@url`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from ringfence.collect.parsers.text import as_ip
from ringfence.ecs.event import EcsValue
from ringfence.ecs.fields import FIELDS, Kind

Put = Callable[[dict[str, EcsValue], str, Any], None]
Step = tuple[str, str, Put | None]
"""Native name, ECS name, how it is converted (None: taken as it is)."""

_EMPTY = frozenset(("", "-", "N/A", "(null)", "null", "LOCAL", "%%1793"))
_PROTOCOLS = {"1": "icmp", "6": "tcp", "17": "udp", "47": "gre", "50": "esp", "58": "ipv6-icmp", "0": ""}
_HASHES = {"MD5": "md5", "SHA1": "sha1", "SHA256": "sha256"}
_LENGTHS = {32: "md5", 40: "sha1", 64: "sha256"}
_MAX_ANSWERS = 100
_MAX_KEPT = 256
"""Longer values are not remembered: what is remembered must stay small, whatever comes."""


def apply(steps: tuple[Step, ...], fields: Mapping[str, Any], ecs: dict[str, EcsValue]) -> None:
    """Set the ECS fields that the steps find in the native fields; of two that set the same, the first wins."""
    get = fields.get
    for native, name, put in steps:
        value = get(native)
        if value is None:
            continue
        kind = type(value)
        if kind is str:
            if value in _EMPTY:
                continue
        elif kind is list and put is not _keywords and put is not _answers:
            value = next((item for item in value if type(item) is str and item not in _EMPTY), None)
            if value is None:
                continue
        if put is not None:
            put(ecs, name, value)
        elif name not in ecs:
            ecs[name] = value if kind is str else plain(value)


def compile_table(table: Mapping[str, str]) -> tuple[Step, ...]:
    """Return the steps of a table, in its order; an entry without a target is left out."""
    return tuple((native, target, _PUTS.get(target) or _put_of(target)) for native, target in table.items() if target)


def integer(value: Any) -> int | None:
    """Return the number of `1234`, `0x4d2` or 1234 that a column can hold; None for anything else."""
    if type(value) is int:
        return value if 0 <= value < 1 << 63 else None
    if type(value) is not str or len(value) > 20:
        return None
    if value.isdigit() and value.isascii():
        number = int(value)
        return number if number < 1 << 63 else None
    if value[:2] in ("0x", "0X"):
        try:
            return int(value, 16)
        except ValueError:
            return None
    return None


def plain(value: Any) -> str:
    """Return a value as text: `true` and `false` as JSON has them."""
    return value if type(value) is str else ("true" if value else "false") if type(value) is bool else str(value)


def _put_of(target: str) -> Put | None:
    if target == "network.transport":
        return _transport
    kind = FIELDS[target].kind
    if kind is Kind.IP:
        return _address
    if kind is Kind.LONG:
        return _number
    if kind is Kind.KEYWORDS:
        return _keywords
    if target.startswith(("file.hash.", "process.hash.")):
        return _hash
    if target == "user.name":
        return _user
    if target.endswith(".domain") and not target.startswith("user"):
        return _name
    return None


def _address(ecs: dict[str, EcsValue], name: str, value: Any) -> None:
    if name in ecs or type(value) is not str or len(value) > _MAX_KEPT:
        return
    address = as_ip(value)
    if not address and value.count(":") == 1:
        address = as_ip(value.partition(":")[0])
    if address:
        ecs[name] = address


def _number(ecs: dict[str, EcsValue], name: str, value: Any) -> None:
    number = integer(value)
    if number is not None and name not in ecs:
        ecs[name] = number


def _name(ecs: dict[str, EcsValue], name: str, value: Any) -> None:
    """A host name; what is an address goes to the address of the same side."""
    if type(value) is not str or name in ecs or len(value) > _MAX_KEPT:
        return
    text = value.lstrip("\\")
    address = as_ip(text)
    if address:
        ecs.setdefault(f"{name.partition('.')[0]}.ip", address)
    elif text:
        ecs[name] = text


def _transport(ecs: dict[str, EcsValue], name: str, value: Any) -> None:
    text = str(value).lower()
    text = _PROTOCOLS.get(text, text)
    if text:
        ecs.setdefault(name, text)


def _keywords(ecs: dict[str, EcsValue], name: str, value: Any) -> None:
    if name not in ecs:
        items = value if type(value) is list else [value]
        words = [plain(item) for item in items[:_MAX_ANSWERS] if type(item) in (str, int, float, bool)]
        if words:
            ecs[name] = words


def _hash(ecs: dict[str, EcsValue], name: str, value: Any) -> None:
    if type(value) is str and name not in ecs:
        ecs[name] = value.lower()


def base_name(path: str) -> str:
    """Return the file name of a Windows or Unix path."""
    at = path.rfind("\\")
    return path[at + 1 :] if at >= 0 else path[path.rfind("/") + 1 :]


def _image(ecs: dict[str, EcsValue], _name: str, value: Any) -> None:
    if "process.executable" not in ecs and type(value) is str:
        ecs["process.executable"] = value
        name = base_name(value)
        if name:
            ecs["process.name"] = name


def _parent(ecs: dict[str, EcsValue], _name: str, value: Any) -> None:
    if "process.parent.executable" not in ecs and type(value) is str:
        ecs["process.parent.executable"] = value
        name = base_name(value)
        if name:
            ecs["process.parent.name"] = name


def _file(ecs: dict[str, EcsValue], _name: str, value: Any) -> None:
    if "file.path" in ecs or type(value) is not str:
        return
    ecs["file.path"] = value
    name = base_name(value)
    if name:
        ecs["file.name"] = name
        at = name.rfind(".")
        if 0 < at < len(name) - 1 and len(name) - at <= 16:
            ecs["file.extension"] = name[at + 1 :].lower()


def _user(ecs: dict[str, EcsValue], _name: str, value: Any) -> None:
    if "user.name" not in ecs and type(value) is str:
        ecs.update(_who(value) if len(value) <= _MAX_KEPT else _who.__wrapped__(value))


@lru_cache(maxsize=8192)
def _who(value: str) -> dict[str, EcsValue]:
    """The fields of an account: `DOMAIN\\name`, a mail address, a SID or a plain name. Shared: not to be changed."""
    if value.startswith("S-1-"):
        return {"user.id": value}
    domain, _, name = value.rpartition("\\")
    found: dict[str, EcsValue] = {}
    if domain:
        found["user.domain"] = domain
    if name:
        found["user.name"] = name
        if "@" in name and "." in name and not domain:
            found["user.email"] = name
    return found


def _target(ecs: dict[str, EcsValue], _name: str, value: Any) -> None:
    if type(value) is str:
        ecs.setdefault("user.target.name", value[value.rfind("\\") + 1 :])


def _hashes(ecs: dict[str, EcsValue], name: str, value: Any) -> None:
    """`SHA1=..,MD5=..,SHA256=..,IMPHASH=..` or one bare hash."""
    if type(value) is not str:
        return
    prefix = "process.hash." if name == "@hashes" else "file.hash."
    if "=" not in value:
        kind = _LENGTHS.get(len(value))
        if kind is not None:
            ecs[prefix + kind] = value.lower()
        return
    for part in value.split(","):
        algorithm, _, digest = part.partition("=")
        kind = _HASHES.get(algorithm)
        if kind is not None and digest:
            ecs[prefix + kind] = digest.lower()


def _url(ecs: dict[str, EcsValue], _name: str, value: Any) -> None:
    """A whole URL, or a path with its query."""
    if type(value) is not str or "url.path" in ecs:
        return
    rest = value
    if "://" in value[:16]:
        ecs["url.full"] = value
        host, slash, rest = value.partition("://")[2].partition("/")
        rest = slash + rest
        name = host.rpartition("@")[2].partition(":")[0]
        if name:
            ecs.setdefault("url.domain", name.lower())
    path, _, query = rest.partition("?")
    if path:
        ecs["url.path"] = path
    if query:
        ecs["url.query"] = query


def _answers(ecs: dict[str, EcsValue], _name: str, value: Any) -> None:
    """Sysmon's `type:  5 www.example.com;::ffff:192.0.2.1;`."""
    if type(value) is list:
        answers = [item for item in value[:_MAX_ANSWERS] if type(item) is str and item]
        if answers:
            ecs["dns.answers"] = answers
        return
    if type(value) is not str:
        return
    answers = []
    for part in value.split(";")[:_MAX_ANSWERS]:
        text = part.strip()
        if text.startswith("type:"):
            text = text[5:].strip().partition(" ")[2].strip()
        if text and text != "-":
            answers.append(text.removeprefix("::ffff:"))
    if answers:
        ecs["dns.answers"] = answers


_PUTS: dict[str, Put] = {
    "@image": _image,
    "@parent": _parent,
    "@file": _file,
    "@user": _user,
    "@target": _target,
    "@hashes": _hashes,
    "@file_hashes": _hashes,
    "@answers": _answers,
    "@url": _url,
}
