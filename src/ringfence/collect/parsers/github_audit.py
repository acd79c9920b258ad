"""GitHub: audit log of an organisation or an enterprise."""

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

_SOURCE = logsource("github", (), "audit")
_STEPS = compile_table(
    {
        "action": "event.action",
        "actor": "user.name",
        "actor_id": "user.id",
        "user": "user.target.name",
        "actor_ip": "source.ip",
        "actor_location.country_code": "source.geo.country_iso_code",
        "user_agent": "user_agent.original",
        "org": "organization.name",
        "business": "organization.name",
        "repo": "service.name",
        "repository": "service.name",
        "team": "group.name",
        "_document_id": "event.id",
    }
)


class GithubAudit(JsonParser):
    """GitHub audit log entries, bare or as Wazuh's module wraps them (`github`)."""

    name: ClassVar[str] = "github_audit"
    title: ClassVar[str] = "GitHub audit log"
    samples: ClassVar[Sequence[str]] = (
        '{"@timestamp":1772352000123,"_document_id":"d1","action":"repo.destroy","actor":"mia","actor_ip":"192.0.2.7",'
        '"created_at":1772352000123,"org":"example","repo":"example/app"}',
        '{"integration":"github","github":{"actor":"mia","org":"example","created_at":1772352000123,"action":"org.add_member"}}',
    )

    def fits(self, data: Json) -> bool:
        """Tell whether the object is an audit entry."""
        inner = data.get("github")
        entry = inner if type(inner) is dict else data
        return (
            type(entry.get("action")) is str
            and ("actor" in entry or "actor_id" in entry)
            and ("created_at" in entry or "_document_id" in entry or "@timestamp" in entry)
            and ("org" in entry or "repo" in entry or "business" in entry or "user" in entry)
            and ("created_at" in entry or "_document_id" in entry)
        )

    def read(self, data: Json, record: Record) -> Parsed:
        """Return the event."""
        del record
        inner = data.get("github")
        entry: Json = inner if type(inner) is dict else data
        fields = flatten(entry)
        when = entry.get("created_at")
        return event(
            self.name,
            _SOURCE,
            "github.audit",
            parse_time(when if when is not None else entry.get("@timestamp")),
            fields,
            _STEPS,
            event__category=["configuration"],
        )
