"""What an event says that an exclusion could be made of, and how well each fact lasts."""

from __future__ import annotations

import re
from enum import IntEnum

from ringfence.ecs.event import Event
from ringfence.sigma.values import fold, text_of

Fact = tuple[str, str]
"""A field's name and its value as text, case folded."""

MAX_VALUE = 512
"""Longest value, in characters, that becomes part of a condition."""


class Weakness(IntEnum):
    """How much is lost when an exclusion rests on a fact: what was done is better than who did it, and where."""

    WHAT = 0
    OTHER = 1
    WHO = 2
    WHERE = 3


_WHAT = frozenset(
    {
        "process.name",
        "process.executable",
        "process.command_line",
        "process.parent.name",
        "process.parent.executable",
        "process.parent.command_line",
        "process.working_directory",
        "process.hash.md5",
        "process.hash.sha1",
        "process.hash.sha256",
        "file.name",
        "file.path",
        "file.hash.md5",
        "file.hash.sha1",
        "file.hash.sha256",
        "registry.path",
        "registry.data.strings",
        "service.name",
        "url.full",
        "url.domain",
        "url.path",
        "url.query",
        "user_agent.original",
        "dns.question.name",
        "destination.domain",
        "tls.server.name",
        "email.subject",
        "container.image.name",
        "image",
        "commandline",
        "parentimage",
        "parentcommandline",
        "targetfilename",
        "targetobject",
        "scriptblocktext",
        "scriptname",
        "servicename",
        "taskname",
        "queryname",
        "originalfilename",
        "exe",
        "proctitle",
        "useragent",
    }
)
_WHO = frozenset(
    {
        "user.name",
        "user.domain",
        "user.id",
        "user.email",
        "user.target.name",
        "user.effective.name",
        "group.name",
        "email.from",
        "email.to",
        "cloud.account.id",
        "user",
        "subjectusername",
        "targetusername",
        "subjectdomainname",
        "targetdomainname",
    }
)
_WHERE = frozenset(
    {
        "host.name",
        "host.ip",
        "source.ip",
        "source.domain",
        "source.mac",
        "destination.ip",
        "destination.mac",
        "container.id",
        "container.name",
        "cloud.instance.id",
        "observer.name",
        "agent.name",
        "computer",
        "hostname",
        "computername",
        "workstationname",
        "ipaddress",
        "source.geo.country_iso_code",
    }
)

_KIND = re.compile(
    r"^(event|log|threat|rule|organization|orchestrator\.resource\.type|network|host\.os|observer\.(vendor|product)"
    r"|cloud\.(provider|service)|http\.response)\b(\.|$)"
    r"|^(channel|provider|provider.?name|source.?name|eventid|event.?type|version|level|keywords|task|opcode|category"
    r"|severity|facility|message|product|vendor|qualifiers|utctime|rulename)(\W|$)",
    re.IGNORECASE,
)
"""Fields that say what kind of event it is: true of every match of a rule, so no exclusion may rest on them."""

_PASSING = re.compile(
    r"([Gg]uid|[Uu]uid|(^|[._])[pP]id|P(rocess)?ID|ProcessI[dD]|ThreadI[dD]|RecordI[dD]|Record(Number|ID)|LogonI[dD]"
    r"|entity_id|community_id|(request|session|transaction|trace|sequence|event|activity)[._]?i?d?$|[Pp]ort(Number)?$"
    r"|[Tt]ime([Ss]tamp)?$|^ts$|[Dd]ate$|[Tt]imestamp|(bytes|size|duration|(?<!ac)count)$)|^(_|@|seq|uid$|id$)",
    re.IGNORECASE,
)
"""Fields whose values pass: ids of processes and sessions, times, client ports, sizes."""

_PASSING_VALUE = re.compile(
    r"[{(]?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}[)}]?|0x[0-9a-f]+|[+-]?[0-9]{3,}"
    r"|\d\d:\d\d(:\d\d.*)?|\d{4}-\d\d-\d\d[t ].*|-|true|false|[0-9]"
)
"""Values that identify one thing that will not come again, or say next to nothing."""


def facts_of(event: Event) -> dict[str, str]:
    """Return the lasting facts of an event: field name to value (as it is written, at most 512 characters)."""
    found: dict[str, str] = {}
    for values in (event.ecs, event.fields):  # a native field of an ECS name is what a rule would see
        for name, value in values.items():
            if isinstance(value, (list, dict)) or value is None or not _is_lasting(name):
                continue
            text = text_of(value)
            if 0 < len(text) <= MAX_VALUE and text.isprintable() and not _PASSING_VALUE.fullmatch(fold(text)):
                found[name] = text
            else:
                found.pop(name, None)
    return found


def weakness(name: str) -> Weakness:
    """Return how much an exclusion that rests on the field loses."""
    low = fold(name)
    if low in _WHAT:
        return Weakness.WHAT
    if low in _WHO:
        return Weakness.WHO
    return Weakness.WHERE if low in _WHERE else Weakness.OTHER


def _is_lasting(name: str) -> bool:
    if not 0 < len(name) <= 128 or "|" in name or not name.isprintable() or name != name.strip():
        return False
    return not _KIND.search(name) and not _PASSING.search(name)
