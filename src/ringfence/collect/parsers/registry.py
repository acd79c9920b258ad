"""The explicit table of parsers, most specific first. Nothing is scanned or guessed.

A record that is (or carries) a JSON object is offered to `JSON_PARSERS`, any other to `TEXT_PARSERS`; the last entry
of each accepts everything of its kind.
"""

from __future__ import annotations

from ringfence.collect.parsers.auditd import Auditd
from ringfence.collect.parsers.base import Parser
from ringfence.collect.parsers.cisco import Cisco
from ringfence.collect.parsers.cloud_text import AwsText
from ringfence.collect.parsers.daemons import daemons
from ringfence.collect.parsers.devices import (
    CheckPoint,
    FortiAuthenticator,
    FortiGate,
    FortiMail,
    Huawei,
    NetScreen,
    PaloAlto,
    SonicWall,
    SophosFirewall,
)
from ringfence.collect.parsers.event_formats import Cef, Leef
from ringfence.collect.parsers.fallback import KeyValue, Line, Syslog
from ringfence.collect.parsers.netfilter import Netfilter
from ringfence.collect.parsers.sudo import Sudo
from ringfence.collect.parsers.text import TextParser
from ringfence.collect.parsers.web_access import Iis, WebAccess
from ringfence.collect.parsers.web_error import ApacheError, NginxError, Php
from ringfence.collect.parsers.web_proxy import HaProxy, Squid
from ringfence.collect.parsers.windows import Windows, WindowsXml
from ringfence.collect.parsers.windows_text import Exchange, Snare, WindowsFirewall, WinEvtLog
from ringfence.collect.parsers.xml_text import McAfee, SophosUnix

JSON_PARSERS: tuple[Parser, ...] = (Windows(),)

_TEXT: tuple[TextParser, ...] = (
    WindowsXml(),
    Auditd(),
    Cef(),
    Leef(),
    Netfilter(),
    AwsText(),
    Squid(),
    WebAccess(),
    Iis(),
    ApacheError(),
    NginxError(),
    HaProxy(),
    Php(),
    Cisco(),
    CheckPoint(),
    FortiGate(),
    SophosFirewall(),
    FortiMail(),
    FortiAuthenticator(),
    NetScreen(),
    SonicWall(),
    Huawei(),
    PaloAlto(),
    WinEvtLog(),
    Snare(),
    Exchange(),
    WindowsFirewall(),
    McAfee(),
    SophosUnix(),
    Sudo(),
    *daemons(),
    KeyValue(),
    Syslog(),
    Line(),
)

TEXT_PARSERS: tuple[Parser, ...] = _TEXT
