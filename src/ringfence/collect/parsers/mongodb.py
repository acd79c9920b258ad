"""MongoDB server log (structured, since 4.4)."""

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

_SOURCE = logsource("mongodb", ("database",), "mongod")
_STEPS = compile_table(
    {
        "msg": "message",
        "c": "event.provider",
        "id": "event.code",
        "s": "log.level",
        "attr.remote": "source.ip",
        "attr.client": "source.ip",
        "attr.user": "user.name",
        "attr.principalName": "user.name",
        "attr.db": "service.name",
        "attr.ns": "service.name",
        "attr.error": "event.reason",
        "attr.appName": "user_agent.original",
    }
)


class MongoDb(JsonParser):
    """Lines of mongod and mongos."""

    name: ClassVar[str] = "mongodb"
    title: ClassVar[str] = "MongoDB server log"
    samples: ClassVar[Sequence[str]] = (
        '{"t":{"$date":"2026-03-01T08:00:00.123+00:00"},"s":"I","c":"ACCESS","id":20249,"ctx":"conn6","msg":'
        '"Authentication failed","attr":{"principalName":"mia","remote":"192.0.2.7:50001","error":"UserNotFound"}}',
    )

    def fits(self, data: Json) -> bool:
        """Tell whether the object is a line of the server's log."""
        when = data.get("t")
        return type(when) is dict and "$date" in when and "msg" in data and "c" in data

    def read(self, data: Json, record: Record) -> Parsed:
        """Return the event."""
        del record
        message = str(data.get("msg", "")).lower()
        access = data.get("c") == "ACCESS"
        return event(
            self.name,
            _SOURCE,
            "mongodb.log",
            parse_time(data["t"].get("$date")),
            flatten(data),
            _STEPS,
            event__category=["authentication" if access else "database"],
            event__outcome=("failure" if "fail" in message else "success") if access else None,
        )
