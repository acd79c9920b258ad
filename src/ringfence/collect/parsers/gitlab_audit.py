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
_REQUEST = logsource("gitlab", ("webserver",), "production")
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


_REQUEST_STEPS = compile_table(
    {
        "method": "http.request.method",
        "path": "@url",
        "status": "http.response.status_code",
        "remote_ip": "source.ip",
        "username": "user.name",
        "meta.user": "user.name",
        "user_id": "user.id",
        "ua": "user_agent.original",
        "correlation_id": "event.id",
    }
)


class GitlabAudit(JsonParser):
    """GitLab audit events and requests (`production_json.log`)."""

    name: ClassVar[str] = "gitlab_audit"
    title: ClassVar[str] = "GitLab audit and requests"
    samples: ClassVar[Sequence[str]] = (
        '{"id":"7","author_id":3,"author_name":"mia","entity_id":2,"entity_type":"Project","entity_path":"team/app",'
        '"event_type":"project_deleted","ip_address":"192.0.2.7","created_at":"2026-03-01T08:00:00.000Z","details":{}}',
    )

    def fits(self, data: Json) -> bool:
        """Tell whether the object is an audit event."""
        if "controller" in data and "action" in data and "remote_ip" in data:
            return True
        return "author_id" in data and "entity_type" in data and "entity_id" in data

    def read(self, data: Json, record: Record) -> Parsed:
        """Return the event."""
        del record
        if "controller" in data:
            return self._request(data)
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

    def _request(self, data: Json) -> Parsed:
        fields = flatten(data)
        names = (("method", "cs-method"), ("path", "cs-uri-stem"), ("status", "sc-status"), ("ua", "cs-user-agent"))
        for native, name in names:
            if native in fields:
                fields.setdefault(name, fields[native])
        return event(
            self.name,
            _REQUEST,
            "gitlab.production",
            parse_time(data.get("time")),
            fields,
            _REQUEST_STEPS,
            event__action=f"{data['controller']}#{data['action']}"[:200],
            event__category=["web"],
        )
