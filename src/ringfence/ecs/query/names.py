"""Which fields a query can name, and what is meant when a name is almost right."""

from __future__ import annotations

from difflib import get_close_matches

from ringfence.ecs.fields import FIELDS, Kind
from ringfence.ecs.query.ast import Native, Target

TIMES = frozenset({"@timestamp", "received"})
"""Fields that are compared with points of time."""

SPECIAL: dict[str, Kind] = {
    "rules": Kind.KEYWORDS,
    "id": Kind.TEXT,
    "batch": Kind.KEYWORD,
    "parser": Kind.KEYWORD,
    "source": Kind.KEYWORD,
    "logsource.product": Kind.KEYWORD,
    "logsource.category": Kind.KEYWORDS,
    "logsource.service": Kind.KEYWORD,
    "raw": Kind.TEXT,
}
"""Fields of the envelope that a query can name, with their kinds."""

LAST = "last"
"""`last:24h` is no field but the events of the last 24 hours."""

_ALIASES = {"rule": "rules", "logsource.categories": "logsource.category", "time": "@timestamp"}
_NATIVE = "fields."
_KNOWN = [*FIELDS, *SPECIAL, *TIMES]
_ROOTS = {name.split(".")[0] for name in _KNOWN}
_CUTOFF = 0.86


def kind_of(field: Target) -> Kind | None:
    """Return the kind of an ECS or special field, None for a native one (its values are text or lists)."""
    if isinstance(field, Native):
        return None
    return FIELDS[field].kind if field in FIELDS else SPECIAL[field]


def resolve(name: str) -> Target:
    """Return the field that a name in a query means; `fields.NAME` is always the native one."""
    if name in FIELDS or name in SPECIAL or name in TIMES:
        return name
    if name in _ALIASES:
        return _ALIASES[name]
    return Native(name.removeprefix(_NATIVE) if len(name) > len(_NATIVE) else name)


def intended(name: str) -> str | None:
    """Return the known name of which `name` is probably a slip, None where it looks like a native field."""
    if name.startswith(_NATIVE) or name.split(".", maxsplit=1)[0].lower() not in _ROOTS or "." not in name:
        return None
    close = get_close_matches(name.lower(), _KNOWN, 1, _CUTOFF)
    return close[0] if close else None


def spell(field: Target) -> str:
    """Return the name under which `resolve` finds the field again."""
    if not isinstance(field, Native):
        return field
    plain = resolve(field.name) == field and intended(field.name) is None and field.name != LAST
    return field.name if plain else _NATIVE + field.name
