"""The explicit table of parsers, most specific first. Nothing is scanned or guessed.

A record that is (or carries) a JSON object is offered to `JSON_PARSERS`, any other to `TEXT_PARSERS`; the last entry
of each accepts everything of its kind.
"""

from __future__ import annotations

from ringfence.collect.parsers.auditd import Auditd
from ringfence.collect.parsers.aws_cloudtrail import CloudTrail
from ringfence.collect.parsers.aws_findings import AwsFindings
from ringfence.collect.parsers.azure import Azure
from ringfence.collect.parsers.azure_tables import AzureTables
from ringfence.collect.parsers.base import Parser
from ringfence.collect.parsers.bitbucket_audit import BitbucketAudit
from ringfence.collect.parsers.cisco import Cisco
from ringfence.collect.parsers.cisco_duo import CiscoDuo
from ringfence.collect.parsers.cloud_text import AwsText
from ringfence.collect.parsers.cloudflare import Cloudflare
from ringfence.collect.parsers.daemons import daemons
from ringfence.collect.parsers.devices import (
    FortiAuthenticator,
    FortiGate,
    FortiMail,
    Huawei,
    NetScreen,
    SonicWall,
    SophosFirewall,
)
from ringfence.collect.parsers.docker_events import DockerEvents
from ringfence.collect.parsers.ecs_json import EcsJson
from ringfence.collect.parsers.event_formats import Cef, Leef
from ringfence.collect.parsers.falco import Falco
from ringfence.collect.parsers.fallback import KeyValue, Line, Syslog
from ringfence.collect.parsers.firewall_exports import CheckPoint, PaloAlto
from ringfence.collect.parsers.firewall_flows import FilterLog, Junos
from ringfence.collect.parsers.gcp_audit import GcpAudit
from ringfence.collect.parsers.generic_json import GenericJson
from ringfence.collect.parsers.github_audit import GithubAudit
from ringfence.collect.parsers.gitlab_audit import GitlabAudit
from ringfence.collect.parsers.google_workspace import GoogleWorkspace
from ringfence.collect.parsers.kubernetes_audit import KubernetesAudit
from ringfence.collect.parsers.m365 import M365
from ringfence.collect.parsers.mongodb import MongoDb
from ringfence.collect.parsers.netfilter import Netfilter
from ringfence.collect.parsers.ocsf import Ocsf
from ringfence.collect.parsers.okta import Okta
from ringfence.collect.parsers.onelogin import OneLogin
from ringfence.collect.parsers.opencanary import OpenCanary
from ringfence.collect.parsers.osquery import Osquery
from ringfence.collect.parsers.sudo import Sudo
from ringfence.collect.parsers.suricata import Suricata
from ringfence.collect.parsers.text import TextParser
from ringfence.collect.parsers.wazuh import Wazuh
from ringfence.collect.parsers.wazuh_integration import WazuhIntegration
from ringfence.collect.parsers.web_access import Iis, WebAccess
from ringfence.collect.parsers.web_error import ApacheError, NginxError, Php
from ringfence.collect.parsers.web_proxy import HaProxy, Squid
from ringfence.collect.parsers.windows import Windows, WindowsXml
from ringfence.collect.parsers.windows_text import Exchange, Snare, WindowsFirewall, WinEvtLog
from ringfence.collect.parsers.xml_text import McAfee, SophosUnix
from ringfence.collect.parsers.zeek import Zeek

JSON_PARSERS: tuple[Parser, ...] = (
    Windows(),
    Wazuh(),
    Zeek(),
    Suricata(),
    CloudTrail(),
    AwsFindings(),
    AzureTables(),
    Ocsf(),
    KubernetesAudit(),
    Falco(),
    Okta(),
    M365(),
    GcpAudit(),
    GoogleWorkspace(),
    OpenCanary(),
    Cloudflare(),
    CiscoDuo(),
    OneLogin(),
    BitbucketAudit(),
    GitlabAudit(),
    GithubAudit(),
    DockerEvents(),
    Osquery(),
    MongoDb(),
    WazuhIntegration(),
    EcsJson(),
    Azure(),
    GenericJson(),
)

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
    Junos(),
    FilterLog(),
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
