"""Cloudflare Logpush: HTTP requests and firewall events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ringfence.collect.flatten import flatten
from ringfence.collect.parsers.field_table import compile_table
from ringfence.collect.parsers.json_parser import Json, JsonParser, event
from ringfence.collect.record import Record
from ringfence.collect.timestamp import parse_time
from ringfence.ecs.event import Parsed
from ringfence.ecs.logsource import logsource

_SOURCE = logsource("cloudflare", ("webserver", "proxy"), "http")
_STEPS = compile_table(
    {
        "ClientIP": "source.ip",
        "ClientSrcPort": "source.port",
        "ClientCountry": "source.geo.country_iso_code",
        "OriginIP": "destination.ip",
        "ClientRequestHost": "url.domain",
        "ClientRequestURI": "@url",
        "ClientRequestMethod": "http.request.method",
        "ClientRequestUserAgent": "user_agent.original",
        "ClientRequestReferer": "http.request.referrer",
        "ClientRequestBytes": "http.request.bytes",
        "EdgeResponseStatus": "http.response.status_code",
        "EdgeResponseBytes": "http.response.bytes",
        "ClientSSLProtocol": "tls.version",
        "ClientSSLCipher": "tls.cipher",
        "JA3Hash": "tls.client.ja3",
        "Action": "event.action",
        "RuleID": "rule.id",
        "Description": "rule.name",
        "RayID": "event.id",
    }
)
_NAMES = {
    "ClientRequestHost": "cs-host",
    "ClientRequestMethod": "cs-method",
    "ClientRequestUserAgent": "cs-user-agent",
    "ClientRequestReferer": "cs-referer",
    "EdgeResponseStatus": "sc-status",
}


class Cloudflare(JsonParser):
    """Cloudflare's HTTP request and firewall logs; Sigma's web names (`cs-uri-query`, `sc-status`, ...) are set."""

    name: ClassVar[str] = "cloudflare"
    title: ClassVar[str] = "Cloudflare Logpush"
    samples: ClassVar[Sequence[str]] = (
        '{"ClientIP":"192.0.2.7","ClientRequestHost":"www.example.com","ClientRequestMethod":"GET","ClientRequestURI":'
        '"/a?b=1","EdgeStartTimestamp":"2026-03-01T08:00:00Z","EdgeResponseStatus":200,"RayID":"r1"}',
    )

    def fits(self, data: Json) -> bool:
        """Tell whether the object is a line of Logpush."""
        return "ClientIP" in data and "ClientRequestMethod" in data

    def read(self, data: Json, record: Record) -> Parsed:
        """Return the event."""
        del record
        fields = flatten(data)
        for native, name in _NAMES.items():
            if native in fields:
                fields.setdefault(name, fields[native])
        fields.setdefault("c-useragent", fields.get("ClientRequestUserAgent"))
        uri: Any = fields.get("ClientRequestURI")
        if type(uri) is str:
            stem, _, query = uri.partition("?")
            for name, value in (("c-uri", uri), ("cs-uri", uri), ("cs-uri-stem", stem), ("cs-uri-query", query)):
                fields.setdefault(name, value)
        times = ("EdgeStartTimestamp", "Datetime", "EdgeEndTimestamp")
        return event(
            self.name,
            _SOURCE,
            "cloudflare.http",
            next((t for name in times if (t := parse_time(data.get(name))) is not None), None),
            fields,
            _STEPS,
            event__category=["web"],
            event__type=["access"],
            observer__vendor="Cloudflare",
        )
