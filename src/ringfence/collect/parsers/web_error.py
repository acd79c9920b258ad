"""Error logs of Apache, nginx and PHP, and ModSecurity's audit lines inside them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from ringfence.collect.parsers.guess import guess
from ringfence.collect.parsers.text import (
    TextParser,
    as_int,
    header_ecs,
    header_fields,
    header_time,
    now_of,
    put_address,
    put_port,
    zone_of,
)
from ringfence.collect.record import Record
from ringfence.collect.text_time import any_us, iso_us
from ringfence.core.errors import ParseError
from ringfence.ecs.event import EcsValue, FieldValue, Parsed
from ringfence.ecs.logsource import logsource

_APACHE = logsource("apache", (), "apache")
_NGINX = logsource("nginx", (), "nginx")
_MODSECURITY = logsource("modsecurity", (), "apache")
_PHP = logsource("php", ("application",), "php")
_LEVELS = "emerg|alert|crit|error|warn|notice|info|debug|trace[1-8]"
_APACHE_LINE = re.compile(
    r"(?:\[(?P<time>(?:[A-Za-z]{3} )?[A-Za-z]{3} {1,2}\d{1,2} [\d:.]{8,16} \d{4})\] )?"
    rf"\[(?:(?P<module>[\w-]{{0,40}}):)?(?P<level>{_LEVELS})\] ?(?P<rest>.*)",
    re.S,
)
_PID = re.compile(r"\[pid (\d{1,10})(?::tid \d{1,20})?\] ?")
_CLIENT = re.compile(r"(?:\([^)]{0,200}\)[^\[:]{0,200}: ?)?\[(?:client|remote) ([^\]\s]{1,80})\] ?")
_CODE = re.compile(r"(AH\d{5}): ")
_REFERER = re.compile(r", referer: (\S{1,4096})$")
_NGINX_LINE = re.compile(
    rf"(?:\d{{4}}/\d\d/\d\d \d\d:\d\d:\d\d )?\[(?P<level>{_LEVELS})\] "
    rf"(?P<pid>\d{{1,10}})#\d{{1,10}}: (?:\*\d{{1,20}} )?(?P<rest>.*)",
    re.S,
)
_NGINX_PAIR = re.compile(r', (client|server|request|host|referrer|upstream): ("(?:[^"\\]|\\.)*+"|[^,\s]{1,1024})')
_PHP_LINE = re.compile(
    r"(?:\[\d\d-\w{3}-\d{4} [\d:]{8}[^\]]{0,40}\] |\d{4}/\d\d/\d\d [\d:]{8} \[\w{4,6}\] )?"
    r"PHP (?P<level>Warning|Fatal error|Notice|Parse error|Deprecated|Catchable fatal error|"
    r"Strict Standards|Recoverable fatal error|Stack trace|Startup): {0,4}"
    r"(?P<rest>.*)",
    re.S,
)
_PLACE = re.compile(r" in (\S{1,1024}\.\w{1,8})(?: on line |:)(\d{1,7})")
_MODSEC_PAIR = re.compile(r'\[([a-z_]{1,32}) "((?:[^"\\]|\\.)*+)"\]')


def _client(ecs: dict[str, EcsValue], fields: dict[str, FieldValue], value: str) -> None:
    host, _, port = value.rpartition(":")
    if not port.isdigit() or (":" in host and not host.endswith("]") and "." not in host) or not host:
        host, port = value, ""
    put_address(ecs, "source", host)
    put_port(ecs, "source", port)
    fields["c-ip"] = host.strip("[]")


class ApacheError(TextParser):
    """Parses error logs of Apache 2.2 and 2.4, with what ModSecurity writes into them."""

    name: ClassVar[str] = "apache-error"
    title: ClassVar[str] = "Apache error log"
    samples: ClassVar[Sequence[str]] = (
        "[Sun Mar 01 08:00:00.123456 2026] [authz_core:error] [pid 7] [client 192.0.2.7:4022] "
        "AH01630: client denied by server configuration: /srv/www/private",
    )
    programs: ClassVar[frozenset[str]] = frozenset({"apache", "apache2", "httpd", "modsecurity"})
    everywhere: ClassVar[bool] = True
    starts: ClassVar[str] = "[M"

    def accepts(self, record: Record) -> bool:
        """Tell whether the line has the brackets of an Apache error line."""
        if " ipa: " in record.body[:256]:
            return False
        return _APACHE_LINE.match(record.body[:256]) is not None or record.body.startswith("ModSecurity: ")

    def parse(self, record: Record) -> Parsed:
        """Return the event."""
        found = _APACHE_LINE.match(record.body)
        ecs, fields = header_ecs(record), header_fields(record)
        ecs["event.module"] = "apache"
        time, rest = header_time(record), record.body
        if found is not None:
            rest = found["rest"]
            ecs["log.level"] = fields["level"] = found["level"]
            if found["module"]:
                fields["module"] = found["module"]
            if found["time"]:
                read = any_us(found["time"], 0, zone_of(record))
                time = read[0] if read is not None else time
        pid = _PID.match(rest)
        if pid is not None:
            ecs["process.pid"], fields["pid"] = int(pid[1]), pid[1]
            rest = rest[pid.end() :]
        client = _CLIENT.match(rest)
        if client is not None:
            _client(ecs, fields, client[1])
            rest = rest[client.end() :]
        return self._message(rest, time, ecs, fields)

    def _message(self, rest: str, time: int | None, ecs: dict[str, EcsValue], fields: dict[str, FieldValue]) -> Parsed:
        code = _CODE.match(rest)
        if code is not None:
            ecs["event.code"] = fields["code"] = code[1]
        referer = _REFERER.search(rest[-4200:])
        if referer is not None:
            ecs["http.request.referrer"] = fields["referer"] = referer[1]
        ecs["message"] = fields["message"] = rest
        ecs["event.action"] = "web-error"
        user = re.match(
            r"(?:AH\d{5}: )?user (\S{1,128})(?:: authentication failure| not found|: password mismatch| in realm)", rest
        )
        if user is not None:
            ecs["user.name"], ecs["event.outcome"], ecs["event.action"] = (
                user[1].rstrip(":"),
                "failure",
                "authentication",
            )
        if "ModSecurity:" in rest[:200]:
            _modsecurity(rest, ecs, fields)
            return Parsed(self.name, _MODSECURITY, time, ecs, fields)
        return Parsed(self.name, _APACHE, time, ecs, fields)


_MODSEC_ECS = {
    "id": "rule.id", "msg": "rule.name", "severity": "rule.level", "uri": "url.path", "hostname": "url.domain",
    "unique_id": "event.id",
}  # fmt: skip


def _modsecurity(text: str, ecs: dict[str, EcsValue], fields: dict[str, FieldValue]) -> None:
    for key, value in _MODSEC_PAIR.findall(text[:32768]):
        fields.setdefault(key, value)
        field = _MODSEC_ECS.get(key)
        if field is not None:
            ecs[field] = value
        if key == "client":
            put_address(ecs, "source", value)
    denied = "Access denied" in text
    ecs["event.action"] = "denied" if denied else "warned"
    ecs["event.outcome"] = "failure" if denied else "success"


class NginxError(TextParser):
    """Parses error logs of nginx."""

    name: ClassVar[str] = "nginx-error"
    title: ClassVar[str] = "nginx error log"
    samples: ClassVar[Sequence[str]] = (
        '2026/03/01 08:00:00 [error] 7#7: *12 user "mia": password mismatch, client: 192.0.2.7, '
        'server: www.example.com, request: "GET /private HTTP/1.1", host: "www.example.com"',
    )
    programs: ClassVar[frozenset[str]] = frozenset({"nginx"})
    everywhere: ClassVar[bool] = True
    starts: ClassVar[str] = "0123456789["

    def accepts(self, record: Record) -> bool:
        """Tell whether the line has the level and process of an nginx error line."""
        return _NGINX_LINE.match(record.body[:256]) is not None

    def parse(self, record: Record) -> Parsed:
        """Return the event."""
        found = _NGINX_LINE.match(record.body)
        if found is None:
            raise ParseError("not an nginx error line")
        ecs, fields = header_ecs(record), header_fields(record)
        ecs["event.module"], ecs["log.level"], fields["level"] = "nginx", found["level"], found["level"]
        pid = as_int(found["pid"])
        if pid is not None:
            ecs["process.pid"] = pid
        rest = found["rest"]
        ecs["message"], ecs["event.action"] = rest, "web-error"
        for key, value in _NGINX_PAIR.findall(rest[:32768]):
            fields.setdefault(key, value.strip('"'))
        _nginx_entities(rest, ecs, fields)
        return Parsed(self.name, _NGINX, iso_us(record.body, 0, zone_of(record)) or header_time(record), ecs, fields)


def _nginx_entities(rest: str, ecs: dict[str, EcsValue], fields: dict[str, FieldValue]) -> None:
    client, host = fields.get("client"), fields.get("host")
    if isinstance(client, str):
        put_address(ecs, "source", client)
    if isinstance(host, str):
        ecs["url.domain"] = host.partition(":")[0]
    request = str(fields.get("request") or "").split(" ")
    if len(request) >= 2:
        ecs["http.request.method"] = fields["cs-method"] = request[0]
        path, mark, query = request[1].partition("?")
        ecs["url.path"], fields["cs-uri-query"] = path, request[1]
        if mark:
            ecs["url.query"] = query
    user = re.match(r'user "([^"]{1,128})"', rest)
    if user is not None:
        ecs["user.name"], ecs["event.outcome"], ecs["event.action"] = user[1], "failure", "authentication"


class Php(TextParser):
    """Parses errors of PHP, from its own log or syslog."""

    name: ClassVar[str] = "php"
    title: ClassVar[str] = "PHP error log"
    samples: ClassVar[Sequence[str]] = (
        "[01-Mar-2026 08:00:00 UTC] PHP Warning:  include(x.php): failed to open in /srv/www/a.php on line 7",
    )
    programs: ClassVar[frozenset[str]] = frozenset({"php", "php-fpm", "suhosin"})
    everywhere: ClassVar[bool] = True
    starts: ClassVar[str] = "[P0123456789"

    def accepts(self, record: Record) -> bool:
        """Tell whether the line is a PHP error or comes from suhosin."""
        return _PHP_LINE.match(record.body[:256]) is not None or super().accepts(record)

    def parse(self, record: Record) -> Parsed:
        """Return the event."""
        ecs, fields = header_ecs(record), header_fields(record)
        ecs["event.module"], ecs["event.action"] = "php", "error"
        found = _PHP_LINE.match(record.body)
        if found is not None:
            ecs["log.level"] = fields["level"] = found["level"].lower()
            ecs["message"] = found["rest"]
            place = _PLACE.search(found["rest"][:8192])
            if place is not None:
                ecs["file.path"] = fields["file"] = place[1]
                fields["line"] = place[2]
        guess(str(ecs["message"]), ecs)
        read = any_us(record.body, 1 if record.body[:1] == "[" else 0, zone_of(record), now_of(record))
        return Parsed(self.name, _PHP, read[0] if read is not None else header_time(record), ecs, fields)
