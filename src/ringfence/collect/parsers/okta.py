"""Okta system log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ringfence.collect.flatten import flatten
from ringfence.collect.parsers.field_table import compile_table
from ringfence.collect.parsers.json_parser import Json, JsonParser, event, outcome_of
from ringfence.collect.record import Record
from ringfence.collect.timestamp import parse_time
from ringfence.ecs.event import Parsed
from ringfence.ecs.logsource import logsource

_SOURCE = logsource("okta", (), "okta")
_STEPS = compile_table(
    {
        "eventType": "event.action",
        "actor.alternateId": "user.name",
        "actor.id": "user.id",
        "client.ipAddress": "source.ip",
        "client.userAgent.rawUserAgent": "user_agent.original",
        "client.geographicalContext.country": "source.geo.country_iso_code",
        "outcome.reason": "event.reason",
        "displayMessage": "message",
        "uuid": "event.id",
        "severity": "log.level",
        "debugContext.debugData.requestUri": "@url",
        "securityContext.domain": "source.domain",
    }
)


class Okta(JsonParser):
    """Okta system log events; rules use the API's own names, also in lower case where older rules do."""

    name: ClassVar[str] = "okta"
    title: ClassVar[str] = "Okta system log"
    samples: ClassVar[Sequence[str]] = (
        '{"uuid":"u1","published":"2026-03-01T08:00:00.000Z","eventType":"user.session.start","version":"0",'
        '"severity":"INFO","displayMessage":"User login to Okta","actor":{"id":"a1","alternateId":"mia@example.com"},'
        '"client":{"ipAddress":"192.0.2.7"},"outcome":{"result":"FAILURE","reason":"INVALID_CREDENTIALS"}}',
    )

    def fits(self, data: Json) -> bool:
        """Tell whether the object is an event of the system log."""
        return "published" in data and "eventType" in data and "actor" in data

    def read(self, data: Json, record: Record) -> Parsed:
        """Return the event."""
        del record
        fields = flatten(data)
        for name in list(fields):
            fields.setdefault(name.lower(), fields[name])
        targets: Any = data.get("target")
        target = service = None
        for item in targets if type(targets) is list else []:
            if type(item) is dict:
                if item.get("type") in ("User", "AppUser"):
                    target = target or item.get("alternateId")
                elif item.get("type") == "AppInstance":
                    service = service or item.get("displayName")
        kind = str(data.get("eventType"))
        login = kind.startswith(("user.session", "user.authentication"))
        return event(
            self.name,
            _SOURCE,
            "okta.system",
            parse_time(data.get("published")),
            fields,
            _STEPS,
            event__outcome=outcome_of(fields.get("outcome.result", "")),
            event__category=["authentication" if login else "iam"],
            user__target__name=target if type(target) is str else None,
            service__name=service if type(service) is str else None,
        )
