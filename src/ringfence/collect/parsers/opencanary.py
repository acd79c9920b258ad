"""OpenCanary honeypot events."""

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

_SOURCE = logsource("opencanary", ("application",), "")
_STEPS = compile_table(
    {
        "node_id": "observer.name",
        "src_host": "source.ip",
        "src_port": "source.port",
        "dst_host": "destination.ip",
        "dst_port": "destination.port",
        "logtype": "event.code",
        "logdata.USERNAME": "user.name",
        "logdata.USER": "user.name",
        "logdata.PATH": "url.path",
        "logdata.HOSTNAME": "source.domain",
        "logdata.USERAGENT": "user_agent.original",
        "logdata.REMOTEVERSION": "user_agent.original",
        "logdata.FILENAME": "@file",
        "logdata.msg.logdata": "message",
    }
)


class OpenCanary(JsonParser):
    """OpenCanary events: somebody touched a honeypot."""

    name: ClassVar[str] = "opencanary"
    title: ClassVar[str] = "OpenCanary honeypot"
    samples: ClassVar[Sequence[str]] = (
        '{"dst_host":"198.51.100.9","dst_port":22,"local_time":"2026-03-01 08:00:00.123456","logdata":'
        '{"USERNAME":"root","PASSWORD":"x"},"logtype":4002,"node_id":"canary1","src_host":"192.0.2.7","src_port":50001,"utc_time":'
        '"2026-03-01 08:00:00.123456"}',
    )

    def fits(self, data: Json) -> bool:
        """Tell whether the object is an OpenCanary event."""
        return "logtype" in data and "node_id" in data

    def read(self, data: Json, record: Record) -> Parsed:
        """Return the event."""
        del record
        when = parse_time(data.get("utc_time"))
        return event(
            self.name,
            _SOURCE,
            "opencanary.events",
            when if when is not None else parse_time(data.get("local_time")),
            flatten(data),
            _STEPS,
            event__category=["intrusion_detection"],
            observer__product="OpenCanary",
        )
