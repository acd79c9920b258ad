"""What Wazuh modules write for the products they poll, where no other parser knows the product."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ringfence.collect.parsers.generic_json import GenericJson
from ringfence.collect.parsers.json_parser import Json, JsonParser
from ringfence.collect.record import Record
from ringfence.collect.timestamp import parse_time
from ringfence.ecs.event import Parsed
from ringfence.ecs.logsource import logsource

_PLACES = ("vulnerability", "virustotal", "sca", "docker", "osquery", "ms-graph", "azure", "gcp", "office365", "github")
_INNER = GenericJson()


class WazuhIntegration(JsonParser):
    """`{"integration": "name", "name": {...}}`: the product is the name; entities are found by their usual names."""

    name: ClassVar[str] = "wazuh_integration"
    title: ClassVar[str] = "Wazuh integrations"
    samples: ClassVar[Sequence[str]] = (
        '{"integration":"scanner","scanner":{"time":"2026-03-01T08:00:00Z","src_ip":"192.0.2.7","title":"found"}}',
    )

    def fits(self, data: Json) -> bool:
        """Tell whether the object is such an envelope."""
        return _module(data) is not None

    def read(self, data: Json, record: Record) -> Parsed:
        """Return the event."""
        name = _module(data) or "wazuh"
        inner: Any = data[name]
        parsed = _INNER.read(inner, record)
        title = parsed.fields.get("title")
        parsed.parser = self.name
        parsed.logsource = logsource(name[:40].lower(), (), "")
        parsed.ecs["event.module"] = "wazuh"
        parsed.ecs["event.dataset"] = f"wazuh.{name[:40].lower()}"
        if type(title) is str:
            parsed.ecs.setdefault("rule.name", title)
        if parsed.time is None:
            parsed.time = parse_time(data.get("timestamp"))
        return parsed


def _module(data: Json) -> str | None:
    name = data.get("integration")
    if type(name) is str and type(data.get(name)) is dict:
        return name
    if len(data) > 3:
        return None
    return next((place for place in _PLACES if type(data.get(place)) is dict), None)
