"""Google Workspace: activities of the Reports API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ringfence.collect.flatten import compact, flatten
from ringfence.collect.parsers.field_table import compile_table
from ringfence.collect.parsers.json_parser import Json, JsonParser, event
from ringfence.collect.record import Record
from ringfence.collect.timestamp import parse_time
from ringfence.ecs.event import Parsed
from ringfence.ecs.logsource import logsource

_STEPS = compile_table(
    {
        "eventName": "event.action",
        "actor.email": "user.name",
        "actor.profileId": "user.id",
        "ipAddress": "source.ip",
        "id.uniqueQualifier": "event.id",
        "id.customerId": "organization.name",
        "USER_EMAIL": "user.target.name",
        "GROUP_EMAIL": "group.name",
        "APPLICATION_NAME": "service.name",
        "doc_title": "@file",
    }
)


class GoogleWorkspace(JsonParser):
    """Activities of Google Workspace's Reports API (admin, login, drive, token, ...), parameters as fields."""

    name: ClassVar[str] = "google_workspace"
    title: ClassVar[str] = "Google Workspace activities"
    samples: ClassVar[Sequence[str]] = (
        '{"kind":"admin#reports#activity","id":{"time":"2026-03-01T08:00:00.000Z","uniqueQualifier":"7",'
        '"applicationName":"login","customerId":"C1"},"actor":{"email":"mia@example.com"},"ipAddress":"192.0.2.7",'
        '"events":[{"type":"login","name":"login_failure","parameters":[{"name":"login_type","value":"google_password"}]}]}',
    )

    def fits(self, data: Json) -> bool:
        """Tell whether the object is an activity."""
        head = data.get("id")
        return type(head) is dict and "applicationName" in head and "events" in data

    def read(self, data: Json, record: Record) -> Parsed:
        """Return the event; of several events in one activity the first gives the action."""
        del record
        fields = flatten(data)
        application = str(data["id"]["applicationName"])
        first: Any = data["events"][0] if type(data["events"]) is list and data["events"] else {}
        if type(first) is dict:
            fields["eventName"], fields["eventType"] = compact(first.get("name")), compact(first.get("type"))
            given: Any = first.get("parameters")
            for parameter in given if type(given) is list else []:
                if type(parameter) is dict and type(parameter.get("name")) is str:
                    value = compact(next((parameter[key] for key in _VALUES if key in parameter), None))
                    fields.setdefault(parameter["name"], value)
                    fields.setdefault(parameter["name"].lower(), value)
        fields["eventService"] = f"{application}.googleapis.com"
        failed = "fail" in str(fields.get("eventName", "")) or "denied" in str(fields.get("eventName", ""))
        return event(
            self.name,
            logsource("gcp", (), f"google_workspace.{application[:32]}"),
            f"google_workspace.{application[:32]}",
            parse_time(data["id"].get("time")),
            fields,
            _STEPS,
            event__outcome="failure" if failed else "success",
            event__category=["authentication" if application == "login" else "iam"],
        )


_VALUES = ("value", "boolValue", "intValue", "multiValue")
