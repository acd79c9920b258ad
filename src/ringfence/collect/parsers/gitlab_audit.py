"""GitLab: audit events (audit_json.log and streaming)."""

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

_SOURCE = logsource("gitlab", (), "audit")
_STEPS = compile_table(
    {
        "event_type": "event.action",
        "author_name": "user.name",
        "details.author_name": "user.name",
        "author_id": "user.id",
        "details.author_email": "user.email",
        "ip_address": "source.ip",
        "details.ip_address": "source.ip",
        "entity_path": "service.name",
        "details.entity_path": "service.name",
        "target_details": "user.target.name",
        "details.target_details": "user.target.name",
        "details.custom_message": "message",
        "id": "event.id",
    }
)


class GitlabAudit(JsonParser):
    """GitLab audit events."""

    name: ClassVar[str] = "gitlab_audit"
    title: ClassVar[str] = "GitLab audit"
    samples: ClassVar[Sequence[str]] = (
        '{"id":"7","author_id":3,"author_name":"mia","entity_id":2,"entity_type":"Project","entity_path":"team/app",'
        '"event_type":"project_deleted","ip_address":"192.0.2.7","created_at":"2026-03-01T08:00:00.000Z","details":{}}',
    )

    def fits(self, data: Json) -> bool:
        """Tell whether the object is an audit event."""
        return "author_id" in data and "entity_type" in data and "entity_id" in data

    def read(self, data: Json, record: Record) -> Parsed:
        """Return the event."""
        del record
        when = data.get("created_at", data.get("time"))
        return event(
            self.name,
            _SOURCE,
            "gitlab.audit",
            parse_time(when),
            flatten(data),
            _STEPS,
            event__category=["configuration"],
        )
