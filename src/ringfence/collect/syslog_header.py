"""The syslog header of a line: RFC 5424, RFC 3164 and what devices make of them.

`read_header(line)` gives the header and the message behind it. A line that has none gives None: a time stamp alone
does not make a syslog line.
"""

from __future__ import annotations

import re

from ringfence.collect.record import SyslogHeader
from ringfence.collect.text_time import (
    DAY,
    MONTHS,
    any_us,
    day_number,
    day_without_year,
    iso_us,
    join,
    offset,
)

_MAX_NESTED = 2
_FAST = re.compile(
    r"(?:<(\d{1,3})>)?([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d)"
    r":(\d\d) ([^\s:]{1,255}) ([\w./-]{1,64})(?:\[(\d{1,10})\])"
    r"?: ?"
)
_PRI = re.compile(r"<(\d{1,3})>")
_SEQUENCE = re.compile(
    r"(?:([\w.:-]{1,255}?):? )?(\d{1,10}): (?:([A-Za-z_][\w.-]{0,254}): )?"
    r"(?=[*.]?(?:[A-Z][a-z]{2} |\d{4} |\d\d:\d\d:\d\d|\d{1,3}[wdy]\d|%))"
)
_BSD = re.compile(
    r"[*.]?(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?([A-Z][a-z]{2}) {1,2}(\d{1,2}) (?:(\d{4}) )?(\d\d):(\d\d):(\d\d)"
    r"(?:[.,](\d{1,9}))?(?: (\d{4})(?= ))?"
)
_WEEKDAY = re.compile(r"[*.]?(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b")
_NO_HOST = re.compile(r"\d*$|.$|(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|SEVERE|CRITICAL)$", re.I)
_YEAR_BSD = re.compile(r"[*.]?(\d{4}) ([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?")
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:T| )\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:\s?(?:Z|[+-]\d\d:?\d\d))?(?= )")
_SLASHED = re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?= )")
_UPTIME = re.compile(r"[*.]?(?:\d\d:\d\d:\d\d(?:\.\d{1,6})?|\d{1,3}[ywdh]\d{1,3}[wdhm])(?=: %)")
_ZONE = re.compile(r" ([A-Za-z]{1,5}|[+-]\d\d:\d\d)(?=: ?%)")
_HOST = re.compile(r"[^\s\[\]()\"=<>{}|,;]{1,255}(?=\s)")
_ADDRESS = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}$|[\da-fA-F]{0,4}:[\da-fA-F:.]{2,40}$")
_TAG = re.compile(
    r"(?:-- )?([^\s:\[\]()\"'=|%<>{},;]{1,64}(?:\([\w.@/ -]{0,64}\))?)"
    r"(?:\[((?:\d{1,10}|-)?)(?:[./:-][\w.-]{1,32})?\]:?|:(?![\d/:\\]))(?: |\t|$|"
    r"(?=\S))"
)
_TAG_STRICT = re.compile(r"([A-Za-z_][\w./-]{0,63}(?:\([\w.@/ -]{0,64}\))?)(?:\[(\d{1,10})\]:?|:)(?: |$)")
_AGENT = re.compile(r"(?:\(([^)\s]{1,255})\) )?([^\s>]{1,255})->\S{1,1024} ")
_FORWARDED = re.compile(r"Message forwarded from ([^\s:]{1,255}): ")
_SOLARIS = re.compile(r"\[ID (\d{1,10}) [\w.]{1,32}\] ")
_REPEATED = re.compile(r"message repeated (\d{1,9}) times?: \[ ?")
_5424 = re.compile(
    r"(?:(\d{1,2}) )?(-|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?) "
    r"(\S{1,255}) (\S{1,128}) (\S{1,128}) (\S{1,64})(?: |$)"
)
_ELEMENT = re.compile(r"\[([^\s=\]\"]{1,64})")
_PARAMETER = re.compile(r' {1,4}([^\s=\]"]{1,64})="((?:[^"\\\]]|\\.){0,8192})"')
_NOT_A_TAG = frozenset({"CEF", "LEEF", "http", "https", "type", "devname", "date", "time", "level"})


def read_header(line: str, now_us: int, zone: int = 0, depth: int = 0) -> tuple[SyslogHeader, str] | None:
    """Return (header, message) of a syslog line, or None where there is no header.

    now_us: the moment that a time without a year must not lie far after. zone: minutes east of UTC of a time without
    a zone. Headers of relays that stand inside the message are followed two levels deep; the innermost time and
    program win and the innermost host.
    """
    found = _FAST.match(line)
    if found is not None and found[8] not in _NOT_A_TAG:
        return _fast(found, line, now_us, zone)
    start, priority = 0, None
    while start < len(line) and line[start] in "\ufeff \t\x00" and start < 16:
        start += 1
    pri = _PRI.match(line, start)
    if pri is not None and int(pri[1]) <= 191:
        priority, start = int(pri[1]), pri.end()
        while line[start : start + 1] == " ":
            start += 1
    modern = _modern(line, start, priority)
    if modern is not None:
        return modern
    return _old(line, start, priority, now_us, zone, depth)


def _fast(found: re.Match[str], line: str, now_us: int, zone: int) -> tuple[SyslogHeader, str] | None:
    """The form that nearly all Linux lines have: `Mar  1 08:00:00 host program[12]: message`."""
    pri, month, day, hour, minute, second, host, program, pid = found.groups()
    number = day_without_year(MONTHS.get(month.lower(), 0), int(day), now_us // DAY)
    body = line[found.end() :].lstrip(" ")
    header = SyslogHeader(
        time=join(number, hour, minute, second, None, zone),
        priority=int(pri) if pri and int(pri) <= 191 else None,
        host=host,
        program=program,
        pid=pid or "",
    )
    return _unrepeat(header, body) if body.startswith(("message repeated ", "[ID ")) else (header, body)


def _unrepeat(header: SyslogHeader, body: str) -> tuple[SyslogHeader, str]:
    if body.startswith("[ID "):
        solaris = _SOLARIS.match(body)
        if solaris is not None:
            header.message_id = solaris[1]
            return header, body[solaris.end() :]
    found = _REPEATED.match(body)
    if found is None or not body.rstrip().endswith("]"):
        return header, body
    header.data = {**header.data, "repeated": found[1]}
    return header, body[found.end() :].rstrip()[:-1].rstrip()


def _modern(line: str, start: int, priority: int | None) -> tuple[SyslogHeader, str] | None:
    """RFC 5424; some collectors strip the priority, and the version with it."""
    found = _5424.match(line, start)
    if found is None:
        return None
    version, time, host, program, pid, message_id = found.groups()
    position = found.end()
    following = line[position : position + 1]
    if version is None and not (following in ("[", "-") and (pid == "-" or pid.isdigit()) and time != "-"):
        return None
    if version is not None and priority is None and time == "-":
        return None
    data: dict[str, str] = {}
    if line.startswith("-", position) and line[position + 1 : position + 2] in ("", " "):
        position += 1
    elif following == "[":
        position = _structured(line, position, data)
    header = SyslogHeader(
        time=None if time == "-" else iso_us(time),
        priority=priority,
        host="" if host == "-" else host,
        program="" if program == "-" else program,
        pid="" if pid == "-" else pid,
        message_id="" if message_id == "-" else message_id,
        data=data,
    )
    return header, line[position:].lstrip(" \ufeff")


def _structured(line: str, start: int, data: dict[str, str]) -> int:
    """Read `[id a="1"][id2 ...]` into `data`; the position after it, or `start` where it is no structured data."""
    position = start
    while line.startswith("[", position) and len(data) < 256:
        element = _ELEMENT.match(line, position)
        if element is None:
            return start
        at, read = element.end(), {}
        while (found := _PARAMETER.match(line, at)) is not None:
            value = found[2]
            read[f"{element[1]}.{found[1]}"] = re.sub(r"\\([\"\\\]])", r"\1", value) if "\\" in value else value
            at = found.end()
        at += len(line[at : at + 4]) - len(line[at : at + 4].lstrip(" "))
        if not line.startswith("]", at):
            return start
        data.update(read)
        position = at + 1
    return position


def _old(
    line: str, start: int, priority: int | None, now_us: int, zone: int, depth: int
) -> tuple[SyslogHeader, str] | None:
    header = SyslogHeader(priority=priority)
    sequence = _SEQUENCE.match(line, start)
    if sequence is not None:
        header.host, start = sequence[1] or sequence[3] or "", sequence.end()
    end, strict = _time(line, start, header, now_us, zone)
    if end < 0:
        if sequence is not None and line.startswith("%", start):
            return header, line[start:]
        return _without_time(line, start, header) if priority is not None else None
    named = _ZONE.match(line, end)
    if named is not None:
        if header.time is not None and named[1][0] not in "+-":
            header.time += (zone - offset(named[1], zone)) * 60_000_000
        return header, line[named.end() :].lstrip(": ")
    if line.startswith(":", end):
        rest = line[end + 1 :].lstrip(" ")
        if rest.startswith("%") or sequence is not None:
            return header, rest
    if not line.startswith((" ", ":", "\t"), end):
        return None
    while line[end : end + 1] in (" ", "\t", ":") and end < len(line):
        end += 1
    doubtful = line[start : start + 5].replace("/", "-").endswith("-")
    return _origin(line, end, header, strict, doubtful, now_us, zone, depth)


def _time(line: str, start: int, header: SyslogHeader, now_us: int, zone: int) -> tuple[int, bool]:
    """Set the time; (position after it or -1, whether host and program must be plain to believe in a header)."""
    found = _BSD.match(line, start)
    if found is not None:
        month, day, year, hour, minute, second, part, late = found.groups()
        number = MONTHS.get(month.lower(), 0)
        year = year or late
        days = day_number(int(year), number, int(day)) if year else day_without_year(number, int(day), now_us // DAY)
        header.time = join(days, hour, minute, second, part, zone)
        return (found.end(), _WEEKDAY.match(line, start) is not None) if days is not None else (-1, False)
    found = _YEAR_BSD.match(line, start)
    if found is not None:
        year, month, day, hour, minute, second, part = found.groups()
        days = day_number(int(year), MONTHS.get(month.lower(), 0), int(day))
        header.time = join(days, hour, minute, second, part, zone)
        return (found.end(), False) if days is not None else (-1, False)
    found = _UPTIME.match(line, start)
    if found is not None:
        return found.end(), False
    found = _ISO.match(line, start) or _SLASHED.match(line, start)
    if found is None:
        return -1, False
    header.time = iso_us(line, start, zone)
    zoned = line[start + 10] == "T" and (found[0][-1] == "Z" or found[0][-6:-5] in ("+", "-") or found[0][-5] in "+-")
    return found.end(), not (zoned or header.priority is not None)


def _without_time(line: str, start: int, header: SyslogHeader) -> tuple[SyslogHeader, str]:
    """`<34>su: message` and `<34>message`: RFC 3164 allows both."""
    tag = _TAG.match(line, start)
    if tag is None or tag[1] in _NOT_A_TAG:
        return header, line[start:]
    header.program, header.pid = tag[1], tag[2] or ""
    return header, line[tag.end() :]


def _origin(
    line: str, position: int, header: SyslogHeader, strict: bool, doubtful: bool, now_us: int, zone: int, depth: int
) -> tuple[SyslogHeader, str] | None:
    agent = _AGENT.match(line, position)
    if agent is not None and depth < _MAX_NESTED:
        inner = read_header(line[agent.end() :], header.time or now_us, zone, depth + 1)
        if inner is not None:
            return inner
        header.host = agent[1] or agent[2]
        return header, line[agent.end() :]
    forwarded = _FORWARDED.match(line, position)
    if forwarded is not None:
        header.host, position = forwarded[1], forwarded.end()
    elif (own := _TAG_STRICT.match(line, position)) is None or _host_first(line, own):
        host = _HOST.match(line, position)
        if host is not None:
            header.host = host[0].rstrip(":") if not host[0].endswith("::") else host[0]
            position = host.end()
            while line[position : position + 1] in (" ", "\t", ":") and position < len(line):
                position += 1
    tag = (_TAG_STRICT if strict else _TAG).match(line, position)
    if tag is not None and tag[1] not in _NOT_A_TAG:
        header.program, header.pid = tag[1], (tag[2] or "").strip("-")
        position = tag.end()
        if strict and not (header.host or header.pid):
            return None
    elif (strict and not line.startswith("%", position)) or (
        header.priority is None and doubtful and _NO_HOST.match(header.host)
    ):
        return None
    elif depth < _MAX_NESTED and line[position : position + 1].isalnum():
        inner = _nested(line, position, header.time or now_us, zone, depth)
        if inner is not None:
            return inner
    return _unrepeat(header, line[position:].lstrip(" "))


def _host_first(line: str, tag: re.Match[str]) -> bool:
    """Tell whether what looks like `program:` is a host that a device ends with a colon (`fw1: %ASA-...`)."""
    if tag[2]:
        return False
    following = line[tag.end() : tag.end() + 80]
    return following.startswith("%") or bool(re.match(r"[\w./-]{1,64}\[\d{1,10}\]: ", following))


def _nested(line: str, position: int, now_us: int, zone: int, depth: int) -> tuple[SyslogHeader, str] | None:
    """The header of the first sender, where a relay or an agent put its own before."""
    if not (_BSD.match(line, position) or _ISO.match(line, position) or _SEQUENCE.match(line, position)):
        return None
    return read_header(line[position:], now_us, zone, depth + 1)


def read_tag(line: str) -> tuple[SyslogHeader, str] | None:
    """Return (header, message) of a line that begins with a bare `program[pid]: ` or `program: `, else None.

    Only whoever knows that the transport carried time and host beside the line should ask: alone, a word with a colon
    says little, so the header holds a pid ("" where there is none) for the caller to judge by.
    """
    tag = _TAG_STRICT.match(line)
    if tag is None or tag[1] in _NOT_A_TAG:
        return None
    return SyslogHeader(program=tag[1], pid=tag[2] or ""), line[tag.end() :].lstrip(" ")


def leading_time(line: str, now_us: int, zone: int = 0) -> int | None:
    """The time that a line begins with (also in brackets), whatever its form; None where there is none."""
    position = 1 if line[:1] in ("[", "(", '"') else 0
    found = any_us(line, position, zone, now_us)
    return found[0] if found is not None else None
