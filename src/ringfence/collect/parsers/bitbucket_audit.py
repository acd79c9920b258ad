"""Bitbucket and other Atlassian products: audit events."""

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

_SOURCE = logsource("bitbucket", (), "audit")
_STEPS = compile_table(
    {
        "auditType.action": "event.action",
        "author.name": "user.name",
        "author.id": "user.id",
        "source": "source.ip",
        "remoteAddress": "source.ip",
        "system": "service.name",
        "affectedObjects.name": "orchestrator.resource.name",
    }
)


class BitbucketAudit(JsonParser):
    """Audit events of Bitbucket Data Center (and Jira, Confluence, which share the format)."""

    name: ClassVar[str] = "bitbucket_audit"
    title: ClassVar[str] = "Bitbucket audit"
    samples: ClassVar[Sequence[str]] = (
        '{"timestamp":"2026-03-01T08:00:00.123Z","author":{"name":"mia","id":"7"},"auditType":{"action":'
        '"User login failed","category":"Authentication"},"source":"192.0.2.7","system":"https://git.example.com"}',
    )

    def fits(self, data: Json) -> bool:
        """Tell whether the object is an audit event."""
        return "auditType" in data or "auditType.action" in data

    def read(self, data: Json, record: Record) -> Parsed:
        """Return the event."""
        del record
        fields = flatten(data)
        action = str(fields.get("auditType.action", "")).lower()
        when = data.get("timestamp")
        if type(when) is dict:
            when = when.get("epochSecond")
        return event(
            self.name,
            _SOURCE,
            "bitbucket.audit",
            parse_time(when),
            fields,
            _STEPS,
            event__outcome="failure" if "fail" in action or "denied" in action else "success",
            event__category=["authentication" if "login" in action else "configuration"],
        )
