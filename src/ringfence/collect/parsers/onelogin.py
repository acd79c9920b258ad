"""OneLogin events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ringfence.collect.flatten import flatten
from ringfence.collect.parsers.field_table import compile_table
from ringfence.collect.parsers.json_parser import Json, JsonParser, event
from ringfence.collect.record import Record
from ringfence.collect.timestamp import parse_time
from ringfence.ecs.event import Parsed
from ringfence.ecs.logsource import logsource

_SOURCE = logsource("onelogin", (), "onelogin.events")
_STEPS = compile_table(
    {
        "user_name": "user.name",
        "actor_user_name": "user.name",
        "user_id": "user.id",
        "assuming_acting_user_id": "user.effective.name",
        "ipaddr": "source.ip",
        "app_name": "service.name",
        "role_name": "group.name",
        "event_type_id": "event.code",
        "error_description": "event.reason",
        "notes": "message",
        "uuid": "event.id",
    }
)


class OneLogin(JsonParser):
    """OneLogin events, from the API or the broadcaster."""

    name: ClassVar[str] = "onelogin"
    title: ClassVar[str] = "OneLogin events"
    samples: ClassVar[Sequence[str]] = (
        '{"uuid":"u1","event_timestamp":"2026-03-01 08:00:00 UTC","event_type_id":6,"account_id":7,"user_id":9,'
        '"user_name":"mia","ipaddr":"192.0.2.7","app_name":"Mail","error_description":"Bad password"}',
    )

    def fits(self, data: Json) -> bool:
        """Tell whether the object is an event."""
        return "event_type_id" in data and "account_id" in data

    def read(self, data: Json, record: Record) -> Parsed:
        """Return the event."""
        del record
        when = data.get("event_timestamp", data.get("created_at"))
        return event(
            self.name,
            _SOURCE,
            "onelogin.events",
            parse_time(when),
            flatten(data),
            _STEPS,
            event__outcome="failure" if data.get("error_description") else None,
            event__category=["authentication"],
        )
