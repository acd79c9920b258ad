"""Addresses and users found by the words that stand before them, for messages that no pattern is known for."""

from __future__ import annotations

import re

from ringfence.collect.parsers.text import as_ip, put_port, put_user
from ringfence.ecs.event import EcsValue

_LIMIT = 4096
_ADDRESS = (
    r"(?P<ip>(?:::ffff:)?\d{1,3}(?:\.\d{1,3}){3}|[\da-fA-F]{0,4}:[\da-fA-F:]{1,36}(?:\.\d{1,3}){0,3})(?![\w.]*[A-Za-z])"
)
_PORT = r"(?:(?:\)?\]?[:#/]| port |, port |\()(?P<port>\d{1,5})\b)?"
_BEFORE = r"[ =:\"'<(\[]{1,4}(?:IP[=: ]|ip[=: ]|addr[=: ]|[\w.-]{1,80}[\[(])?"
_SOURCE = re.compile(
    r"\b(?:[Ff]rom|FROM|src|srcip|src_ip|source|Source|SRC|client|Client|"
    r"CLIENT|rip|rhost|remote|Remote|peer|Peer|host|Host|by|addr|address"
    r"|ip|IP|source-ip|source-address|clientip|client_ip|client-ip|"
    r"remoteip|remote_ip|remip|ipaddr|saddr|Address|ADDR|rhost|nas|"
    r"client address|client IP|source address|Source IP|IP address|remote address|remote host)"
    + _BEFORE
    + _ADDRESS
    + _PORT
)
_DESTINATION = re.compile(
    r"\b(?:to|To|TO|dst|dstip|dst_ip|destination|Destination|DST|lip|"
    r"server|daddr|dest|Dest|dest_ip|destination-address|local|target|"
    r"Target)" + _BEFORE + _ADDRESS + _PORT
)
_ANY = re.compile(r"(?<![\w.:/-])(?P<ip>\d{1,3}(?:\.\d{1,3}){3})(?![\w-]|\.\d)" + _PORT)
_USER = re.compile(
    r"\b(?:(?:[Ii]nvalid|[Ii]llegal|[Uu]nknown) user(?:name)?|[Uu]ser ?name|USERNAME|[Uu]ser|"
    r"USER|usr|login|[Aa]ccount|acct|ruser|logname|user_name|User Name|usrName|suser"
    r"|srcuser|AccountName|Account Name|session (?:opened|closed) for user|[Pp]assword for(?: "
    r"user)?|failed for(?: user)?|succeeded for(?: user)?|logged in as)"
    r"(?P<sep>[=: ]{1,3})[\"'<(\[]?(?P<user>[\w.@\\$+-]{1,128})"
)
_SOME = re.compile(r"\d\.\d{1,3}\.\d|:[\da-fA-F]{0,4}:[\da-fA-F:]")
_PERSON = re.compile(r"[Uu]ser|USER|usr|log(?:in|name|ged)|[Aa]ccount|acct|for")
_STOP = frozenset(
    [
        "a",
        "an",
        "the",
        "is",
        "was",
        "are",
        "has",
        "had",
        "by",
        "for",
        "from",
        "to",
        "in",
        "on",
        "of",
        "at",
        "and",
        "or",
        "not",
        "no",
        "with",
        "without",
        "login",
        "logged",
        "name",
        "names",
        "id",
        "ids",
        "user",
        "users",
        "unknown",
        "authentication",
        "authenticated",
        "failed",
        "failure",
        "success",
        "successful",
        "session",
        "password",
        "account",
        "does",
        "do",
        "could",
        "cannot",
        "can't",
        "couldn't",
        "will",
        "would",
        "be",
        "been",
        "access",
        "denied",
        "connected",
        "disconnected",
        "requested",
        "attempted",
        "added",
        "deleted",
        "removed",
        "created",
        "changed",
        "error",
        "invalid",
        "illegal",
        "root:",
        "none",
        "null",
        "agent",
        "group",
        "via",
        "using",
        "info",
        "information",
        "data",
        "database",
        "db",
        "new",
        "has_been",
        "must",
        "may",
        "limit",
        "list",
        "out",
        "locked",
        "lockout",
        "defined",
        "specified",
        "exists",
        "mode",
        "space",
        "process",
        "service",
        "manager",
        "records",
        "log",
        "logs",
        "management",
        "connection",
        "request",
        "requests",
        "file",
    ]
)


def guess(message: str, ecs: dict[str, EcsValue]) -> None:
    """Add source, destination and user to `ecs` where the words before them say what they are.

    A lone IPv4 address that no word explains is taken for the source. What is set already stays.
    """
    text = message[:_LIMIT]
    if _SOME.search(text) is not None:
        _addresses(text, ecs)
    if "user.name" not in ecs and _PERSON.search(text) is not None:
        for found in _USER.finditer(text):
            name = found["user"].rstrip(".,-")
            if name and name.lower() not in _STOP and (found["sep"].strip() or not name.isdigit()) and not as_ip(name):
                put_user(ecs, name)
                break


def _addresses(text: str, ecs: dict[str, EcsValue]) -> None:
    if "source.ip" not in ecs and _address(_SOURCE, text, ecs, "source") is None and "destination.ip" not in ecs:
        lone = _ANY.search(text)
        if lone is not None and as_ip(lone["ip"]) and _DESTINATION.search(text) is None:
            ecs["source.ip"] = as_ip(lone["ip"])
            put_port(ecs, "source", lone["port"])
    if "destination.ip" not in ecs:
        _address(_DESTINATION, text, ecs, "destination")


def _address(pattern: re.Pattern[str], text: str, ecs: dict[str, EcsValue], side: str) -> str | None:
    for found in pattern.finditer(text):
        address = as_ip(found["ip"].rstrip(".:"))
        if address:
            ecs[f"{side}.ip"] = address
            put_port(ecs, side, found["port"])
            return address
    return None


_GOOD = re.compile(r"\b(?:accepted|success|successful|successfully|succeeded|allowed|permitted|granted)\b", re.I)
_BAD = re.compile(
    r"\b(?:fail|failed|failure|failures|denied|deny|invalid|illegal|"
    r"rejected|refused|incorrect|unauthorized|not allowed|bad password|"
    r"mismatch)\b",
    re.I,
)


def outcome(message: str) -> str:
    """`failure`, `success` or "" by the words of a message."""
    text = message[:_LIMIT]
    if _BAD.search(text):
        return "failure"
    return "success" if _GOOD.search(text) else ""
