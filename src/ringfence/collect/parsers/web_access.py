"""Access logs of web servers: common and combined format, virtual hosts in front, and W3C extended (IIS)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar
from urllib.parse import urlsplit

from ringfence.collect.parsers.text import (
    TextParser,
    as_int,
    as_ip,
    header_ecs,
    program_key,
    put_address,
    put_port,
    put_user,
    zone_of,
)
from ringfence.collect.record import Record
from ringfence.collect.text_time import clf_us, iso_us
from ringfence.core.errors import ParseError
from ringfence.ecs.event import EcsValue, FieldValue, Parsed
from ringfence.ecs.logsource import logsource

_WEB = logsource("", ("webserver",), "")
_IIS = logsource("windows", ("webserver",), "iis")
_SERVERS = {
    "nginx": logsource("", ("webserver",), "nginx"),
    "apache": logsource("", ("webserver",), "apache"),
    "apache2": logsource("", ("webserver",), "apache"),
    "httpd": logsource("", ("webserver",), "apache"),
}
_CLF = re.compile(
    r"(?P<before>(?:[^\s\"\[]{1,255} +){1,8})\[(?P<time>\d{1,2}/[A-Za-z]{3}/\d{4}:\d\d:\d\d:\d\d[^\]]{0,16})\] +"
    r"\"(?P<request>(?:[^\"\\]|\\.)*+)\" +(?P<status>\d{3}|-)(?: +(?P<bytes>\d{1,18}|-))?(?P<rest>.*)",
    re.S,
)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)"')
_REQUEST = re.compile(r"([A-Za-z_-]{1,32}) +(.*?)(?: +(HTTP/[\d.]{1,4}))?$", re.S)


def put_request(ecs: dict[str, EcsValue], fields: dict[str, FieldValue], method: str, target: str) -> None:
    """Set method, path and query. Sigma's web rules look for paths in `cs-uri-query`, so it holds the whole target."""
    ecs["http.request.method"] = method
    fields["cs-method"] = method
    path, mark, query = target.partition("?")
    if "://" in path[:12]:
        try:
            parts = urlsplit(path)
        except ValueError:
            parts = None
        if parts is not None:
            ecs["url.full"] = target
            if parts.hostname:
                ecs["url.domain"] = parts.hostname
            path = parts.path or "/"
    ecs["url.path"] = path
    fields["cs-uri-stem"] = path
    fields["cs-uri-query"] = fields["c-uri"] = target
    if mark:
        ecs["url.query"] = query
    name = path.rsplit("/", 1)[-1]
    if "." in name:
        fields["c-uri-extension"] = name.rsplit(".", 1)[-1]


def put_status(ecs: dict[str, EcsValue], fields: dict[str, FieldValue], status: str) -> None:
    """Set the status code and what it says of the outcome."""
    number = as_int(status)
    if number is not None:
        fields["sc-status"] = number
        ecs["http.response.status_code"] = number
        ecs["event.outcome"] = "success" if number < 400 else "failure"


class WebAccess(TextParser):
    """Parses access logs of Apache, nginx and all that write the common or combined log format."""

    name: ClassVar[str] = "web-access"
    title: ClassVar[str] = "Web server access log (common, combined)"
    samples: ClassVar[Sequence[str]] = (
        '192.0.2.7 - mia [01/Mar/2026:08:00:00 +0000] "GET /shop?id=7 HTTP/1.1" 200 512 "-" "Mozilla/5.0"',
    )
    programs: ClassVar[frozenset[str]] = frozenset({"nginx", "apache", "apache2", "httpd", "lighttpd", "caddy"})
    everywhere: ClassVar[bool] = True

    def accepts(self, record: Record) -> bool:
        """Tell whether there is a quoted request after a time in brackets."""
        body = record.body
        at = body.find("[")
        return 0 < at < 700 and body[at + 1 : at + 2].isdigit() and '] "' in body[at : at + 40]

    def parse(self, record: Record) -> Parsed:
        """Return the event."""
        found = _CLF.match(record.body)
        if found is None:
            raise ParseError("not a common or combined log line")
        ecs: dict[str, EcsValue] = {"event.action": "request", "event.module": "web", "network.protocol": "http"}
        fields: dict[str, FieldValue] = {}
        if record.syslog is not None:
            ecs |= header_ecs(record)
        request = found["request"]
        ecs["message"] = request
        _put_client(found["before"].split(), ecs, fields)
        line = _REQUEST.match(request)
        if line is not None:
            put_request(ecs, fields, line[1], line[2])
            if line[3]:
                fields["cs-version"] = line[3]
        else:
            fields["cs-uri-query"] = fields["c-uri"] = request
        put_status(ecs, fields, found["status"])
        size = as_int(found["bytes"])
        if size is not None:
            fields["sc-bytes"] = ecs["http.response.bytes"] = size
        _put_tail(found["rest"], ecs, fields)
        program = program_key(record.syslog.program) if record.syslog is not None else ""
        time = clf_us(found["time"], 0, zone_of(record))
        return Parsed(self.name, _SERVERS.get(program, _WEB), time, ecs, fields)


def _put_client(words: list[str], ecs: dict[str, EcsValue], fields: dict[str, FieldValue]) -> None:
    """`[vhost[:port]] client [more clients] ident user`; some formats leave ident out or put addresses before."""
    index = 0
    if len(words) > 2 and not as_ip(words[0].rstrip(",")) and as_ip(words[1].rstrip(",")):
        host, _, port = words[0].partition(":")
        ecs["url.domain"] = fields["cs-host"] = host
        put_port(ecs, "destination", port)
        index = 1
    client = words[index].rstrip(",")
    fields["c-ip"] = as_ip(client) or client
    put_address(ecs, "source", client)
    user = words[-1] if len(words) - index >= 3 else "-"
    if user != "-" and not as_ip(user):
        fields["cs-username"] = user.strip('"')
        put_user(ecs, user.strip('"'))


def _put_tail(rest: str, ecs: dict[str, EcsValue], fields: dict[str, FieldValue]) -> None:
    """Referrer, user agent and, where it is one, the forwarded client."""
    quoted = _QUOTED.findall(rest[:16384])
    if quoted:
        fields["cs-referer"] = quoted[0]
        if quoted[0] not in ("", "-"):
            ecs["http.request.referrer"] = quoted[0]
    if len(quoted) > 1:
        fields["cs-user-agent"] = fields["c-useragent"] = quoted[1]
        if quoted[1] != "-":
            ecs["user_agent.original"] = quoted[1]
    if len(quoted) > 2 and as_ip(quoted[2].split(",")[0].strip()):
        fields["x-forwarded-for"] = quoted[2]


_W3C = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ")
_METHODS = frozenset(
    [
        "GET",
        "POST",
        "HEAD",
        "PUT",
        "DELETE",
        "OPTIONS",
        "TRACE",
        "CONNECT",
        "PATCH",
        "PROPFIND",
        "PROPPATCH",
        "MKCOL",
        "COPY",
        "MOVE",
        "LOCK",
        "UNLOCK",
        "SEARCH",
        "DEBUG",
        "RPC_IN_DATA",
        "RPC_OUT_DATA",
        "BITS_POST",
        "REPORT",
        "SUBSCRIBE",
        "NOTIFY",
        "TRACK",
    ]
)


class Iis(TextParser):
    """Parses W3C extended lines of IIS in its default orders (a file with a `#Fields` line is read by that line)."""

    name: ClassVar[str] = "iis"
    title: ClassVar[str] = "IIS access log (W3C extended)"
    samples: ClassVar[Sequence[str]] = (
        "2026-03-01 08:00:00 198.51.100.2 GET /shop.aspx id=7 443 mia 192.0.2.7 Mozilla/5.0 - 200 0 0 15",
    )
    starts: ClassVar[str] = "0123456789"

    def accepts(self, record: Record) -> bool:
        """Tell whether a method stands among the first words after the time."""
        if record.syslog is not None or not _W3C.match(record.body):
            return False
        words = record.body[20:1024].split(" ", 6)
        return len(words) > 5 and any(word in _METHODS for word in words[:5])

    def parse(self, record: Record) -> Parsed:
        """Return the event."""
        words = record.body.split()
        at = next((i for i, word in enumerate(words[2:7], 2) if word in _METHODS), 0)
        if at < 2 or len(words) < at + 5:
            raise ParseError("too few columns for an IIS line")
        ecs: dict[str, EcsValue] = {"event.action": "request", "event.module": "iis", "network.protocol": "http"}
        fields: dict[str, FieldValue] = {}
        before = words[2:at]
        if before and as_ip(before[-1]):
            fields["s-ip"] = before[-1]
            put_address(ecs, "destination", before[-1])
        if len(before) >= 3:
            fields["s-sitename"], fields["s-computername"] = before[0], before[1]
            ecs["host.name"] = before[1]
        stem, query = words[at + 1], words[at + 2]
        put_request(ecs, fields, words[at], stem if query == "-" else f"{stem}?{query}")
        ecs["message"] = f"{words[at]} {fields['cs-uri-query']}"
        _put_columns(words[at + 3 :], ecs, fields)
        return Parsed(self.name, _IIS, iso_us(record.body, 0, zone_of(record)), ecs, fields)


def _put_columns(words: list[str], ecs: dict[str, EcsValue], fields: dict[str, FieldValue]) -> None:
    """`port user client [version] agent [cookie] [referrer] [host] status ...`: told apart by what they look like."""
    put_port(ecs, "destination", words[0])
    fields["s-port"] = words[0]
    if len(words) > 1 and words[1] != "-":
        fields["cs-username"] = words[1]
        put_user(ecs, words[1])
    rest = words[2:]
    if rest and as_ip(rest[0]):
        fields["c-ip"] = as_ip(rest[0])
        put_address(ecs, "source", rest[0])
        rest = rest[1:]
    if rest and rest[0].startswith("HTTP/"):
        fields["cs-version"] = rest[0]
        rest = rest[1:]
    at = next((i for i, w in enumerate(rest) if len(w) == 3 and w.isdigit() and _followed(rest, i)), None)
    texts = rest if at is None else rest[:at]
    if texts and texts[0] != "-":
        agent = texts[0].replace("+", " ")
        fields["cs-user-agent"] = fields["c-useragent"] = ecs["user_agent.original"] = agent
    for word in texts[1:]:
        if "://" in word[:12]:
            fields["cs-referer"] = ecs["http.request.referrer"] = word
        elif word != "-" and "." in word and "=" not in word:
            fields["cs-host"] = ecs["url.domain"] = word.partition(":")[0]
        elif word != "-":
            fields["cs-cookie"] = word
    if at is not None:
        put_status(ecs, fields, rest[at])
        for name, value in zip(("sc-substatus", "sc-win32-status"), rest[at + 1 : at + 3], strict=False):
            fields[name] = value


def _followed(words: list[str], index: int) -> bool:
    following = words[index + 1 : index + 3]
    return all(word.isdigit() for word in following) and "100" <= words[index] < "600"
