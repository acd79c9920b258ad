"""Proxies and load balancers: squid's native format and HAProxy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar
from urllib.parse import urlsplit

from ringfence.collect.parsers.text import (
    TextParser,
    as_int,
    header_ecs,
    header_time,
    put_address,
    put_port,
    put_user,
    zone_of,
)
from ringfence.collect.parsers.web_access import put_request, put_status
from ringfence.collect.record import Record
from ringfence.collect.text_time import clf_us, fraction
from ringfence.core.errors import ParseError
from ringfence.ecs.event import EcsValue, FieldValue, Parsed
from ringfence.ecs.logsource import logsource

_SQUID = re.compile(
    r"(?P<second>\d{9,10})\.(?P<part>\d{1,6}) +(?P<taken>-?\d{1,12}) "
    r"(?P<client>\S{1,255}) (?P<result>[A-Z_]{3,40})/(?P<status>\d{3}) "
    r"(?P<bytes>\d{1,18}) (?P<method>[A-Z_]{1,32}) (?P<url>\S{1,16384}) "
    r"(?P<user>\S{1,255}) (?P<peer>\S{1,255})(?: (?P<mime>\S{1,255}))?"
)
_HAPROXY = re.compile(
    r"(?P<client>[\da-fA-F.:]{3,45}):(?P<cport>\d{1,5}) \[(?P<time>[^\]]{10,40})\] "
    r"(?P<frontend>\S{1,128}) (?P<backend>[^\s/]{1,128})/(?P<server>\S{1,128}) "
    r"(?P<timers>[\d/+-]{1,64}) (?:(?P<status>-?\d{1,3}) )?(?P<bytes>\+?\d{1,18}) (?P<rest>.{0,16384})",
    re.S,
)
_REQUEST = re.compile(r'"([A-Z]{1,16}) (\S{1,8192})(?: (HTTP/[\d.]{1,4}))?"?$')


class Squid(TextParser):
    """Parses squid's native access log."""

    name: ClassVar[str] = "squid"
    title: ClassVar[str] = "Squid access log"
    samples: ClassVar[Sequence[str]] = (
        "1772352000.123    231 192.0.2.7 TCP_DENIED/403 1536 GET http://www.example.com/a.exe?x=1 mia NONE/- text/html",
    )

    def accepts(self, record: Record) -> bool:
        """Tell whether epoch, client and result code stand at the beginning."""
        return record.body[:1].isdigit() and _SQUID.match(record.body[:17000]) is not None

    def parse(self, record: Record) -> Parsed:
        """Return the event."""
        found = _SQUID.match(record.body)
        if found is None:
            raise ParseError("not a squid access line")
        ecs: dict[str, EcsValue] = header_ecs(record) if record.syslog is not None else {}
        fields: dict[str, FieldValue] = {
            "squid_result": found["result"],
            "time-taken": found["taken"],
            "c-ip": found["client"],
        }
        url = found["url"]
        put_address(ecs, "source", found["client"])
        put_request(ecs, fields, found["method"], url)
        put_status(ecs, fields, found["status"])
        fields["cs-uri"] = url
        put_user(ecs, found["user"])
        if found["user"] != "-":
            fields["cs-username"] = found["user"]
        _put_host(url, found["method"], ecs, fields)
        size = as_int(found["bytes"])
        if size is not None:
            ecs["http.response.bytes"] = fields["sc-bytes"] = size
        peer = found["peer"].partition("/")[2]
        put_address(ecs, "destination", peer)
        if "destination.ip" in ecs:
            fields["dst_ip"] = ecs["destination.ip"]
        ecs["event.module"], ecs["event.action"], ecs["message"] = "squid", found["result"], f"{found['method']} {url}"
        time = int(found["second"]) * 1_000_000 + fraction(found["part"])
        return Parsed(self.name, logsource("squid", ("proxy",), "squid"), time, ecs, fields)


def _put_host(url: str, method: str, ecs: dict[str, EcsValue], fields: dict[str, FieldValue]) -> None:
    try:
        parts = urlsplit(f"//{url}" if method == "CONNECT" else url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return
    if host:
        ecs["url.domain"] = fields["cs-host"] = fields["r-dns"] = host
    if port:
        put_port(ecs, "destination", str(port))


class HaProxy(TextParser):
    """Parses HAProxy's HTTP and TCP connection lines."""

    name: ClassVar[str] = "haproxy"
    title: ClassVar[str] = "HAProxy"
    samples: ClassVar[Sequence[str]] = (
        "Mar  1 08:00:00 lb1 haproxy[7]: 192.0.2.7:4022 "
        "[01/Mar/2026:08:00:00.123] web~ app/s1 0/0/1/5/6 200 512 "
        "- - ---- "
        '1/1/0/0/0 0/0 "GET /shop?id=7 HTTP/1.1"',
    )
    programs: ClassVar[frozenset[str]] = frozenset({"haproxy"})
    everywhere: ClassVar[bool] = True

    def accepts(self, record: Record) -> bool:
        """Tell whether program or line are HAProxy's."""
        return super().accepts(record) or (
            "] " in record.body[:100] and _HAPROXY.match(record.body[:17000]) is not None
        )

    def parse(self, record: Record) -> Parsed:
        """Return the event."""
        ecs = header_ecs(record)
        fields: dict[str, FieldValue] = {"message": record.body}
        ecs["event.module"] = "haproxy"
        found = _HAPROXY.match(record.body)
        if found is None:
            ecs["event.action"] = "haproxy-event"
            connect = re.match(
                r"Connect from ([\da-fA-F.:]{3,45}):(\d{1,5}) to ([\da-fA-F.:]{3,45}):(\d{1,5}) \((\S{1,128})/(\w+)\)",
                record.body,
            )
            if connect is not None:
                for side, at in (("source", 1), ("destination", 3)):
                    put_address(ecs, side, connect[at])
                    put_port(ecs, side, connect[at + 1])
            return Parsed(self.name, logsource("haproxy", (), "haproxy"), header_time(record), ecs, fields)
        put_address(ecs, "source", found["client"])
        put_port(ecs, "source", found["cport"])
        ecs["event.action"], ecs["service.name"] = "connection", found["backend"]
        fields |= {
            "c-ip": found["client"],
            "frontend": found["frontend"],
            "backend": found["backend"],
            "server": found["server"],
        }
        if found["status"]:
            put_status(ecs, fields, found["status"])
        request = _REQUEST.search(found["rest"])
        if request is not None:
            put_request(ecs, fields, request[1], request[2])
        time = clf_us(found["time"], 0, zone_of(record)) or header_time(record)
        return Parsed(self.name, logsource("haproxy", ("webserver",), "haproxy"), time, ecs, fields)
