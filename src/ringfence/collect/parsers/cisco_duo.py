"""Cisco Duo: authentication, administrator and telephony logs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ringfence.collect.flatten import flatten
from ringfence.collect.parsers.field_table import compile_table
from ringfence.collect.parsers.json_parser import Json, JsonParser, event, outcome_of
from ringfence.collect.record import Record
from ringfence.collect.timestamp import parse_time
from ringfence.ecs.event import Parsed
from ringfence.ecs.logsource import logsource

_SOURCE = logsource("cisco", (), "duo")
_STEPS = compile_table(
    {
        "user.name": "user.name",
        "username": "user.name",
        "user.key": "user.id",
        "email": "user.email",
        "access_device.ip": "source.ip",
        "ip": "source.ip",
        "access_device.hostname": "source.domain",
        "access_device.location.country": "source.geo.country_iso_code",
        "application.name": "service.name",
        "integration": "service.name",
        "event_type": "event.action",
        "action": "event.action",
        "eventtype": "event.action",
        "reason": "event.reason",
        "txid": "event.id",
        "object": "user.target.name",
        "description": "message",
    }
)


class CiscoDuo(JsonParser):
    """Duo's logs as the Admin API gives them (version 1 and 2)."""

    name: ClassVar[str] = "cisco_duo"
    title: ClassVar[str] = "Cisco Duo"
    samples: ClassVar[Sequence[str]] = (
        '{"isotimestamp":"2026-03-01T08:00:00.123456+00:00","timestamp":1772352000,"txid":"t1","event_type":"authentication",'
        '"factor":"not_available","reason":"bypass_user","result":"success","user":{"key":"D1","name":"mia"},'
        '"application":{"key":"k","name":"VPN"},"access_device":{"ip":"192.0.2.7"}}',
    )

    def fits(self, data: Json) -> bool:
        """Tell whether the object is a Duo log entry."""
        if "txid" in data and ("factor" in data or "access_device" in data):
            return True
        return "isotimestamp" in data and "action" in data and "username" in data

    def read(self, data: Json, record: Record) -> Parsed:
        """Return the event."""
        del record
        fields = flatten(data)
        when = data.get("isotimestamp", data.get("timestamp"))
        return event(
            self.name,
            _SOURCE,
            "cisco_duo.auth" if "txid" in data else "cisco_duo.admin",
            parse_time(when),
            fields,
            _STEPS,
            event__outcome=outcome_of(data.get("result", "")),
            event__category=["authentication" if "txid" in data else "iam"],
        )
