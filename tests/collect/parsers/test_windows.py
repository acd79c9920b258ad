"""Windows event logs in their main shapes: our own records in, the exact event out."""

from __future__ import annotations

import json

import pytest

from ringfence.collect.normalise import Normaliser
from ringfence.collect.record import Record
from ringfence.ecs.event import Parsed
from ringfence.ecs.logsource import logsource

CASES = [
    (
        {
            "Event": {
                "System": {
                    "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}},
                    "EventID": 3,
                    "Level": 4,
                    "TimeCreated": {"#attributes": {"SystemTime": "2026-03-01T08:00:00.123456Z"}},
                    "Channel": "Microsoft-Windows-Sysmon/Operational",
                    "Computer": "pc1.example.com",
                },
                "EventData": {
                    "Image": "C:\\Tools\\a.exe",
                    "User": "EXAMPLE\\mia",
                    "Protocol": "tcp",
                    "SourceIp": "192.0.2.7",
                    "SourcePort": 50001,
                    "DestinationIp": "198.51.100.9",
                    "DestinationPort": 443,
                },
            }
        },
        Parsed(
            parser="windows",
            logsource=logsource("windows", ("network_connection",), "sysmon"),
            time=1772352000123456,
            ecs={
                "event.code": "3",
                "event.module": "windows",
                "event.dataset": "windows.sysmon",
                "host.os.type": "windows",
                "event.action": "network-connection",
                "event.category": ["network"],
                "event.type": ["connection", "start"],
                "event.provider": "Microsoft-Windows-Sysmon",
                "host.name": "pc1.example.com",
                "process.executable": "C:\\Tools\\a.exe",
                "process.name": "a.exe",
                "user.domain": "EXAMPLE",
                "user.name": "mia",
                "source.ip": "192.0.2.7",
                "source.port": 50001,
                "destination.ip": "198.51.100.9",
                "destination.port": 443,
                "network.transport": "tcp",
                "log.level": "information",
            },
            fields={
                "Channel": "Microsoft-Windows-Sysmon/Operational",
                "Computer": "pc1.example.com",
                "Level": 4,
                "Image": "C:\\Tools\\a.exe",
                "User": "EXAMPLE\\mia",
                "Protocol": "tcp",
                "SourceIp": "192.0.2.7",
                "SourcePort": 50001,
                "DestinationIp": "198.51.100.9",
                "DestinationPort": 443,
                "EventID": 3,
                "Provider_Name": "Microsoft-Windows-Sysmon",
            },
        ),
    ),
    (
        {
            "EventTime": "2026-03-01 08:00:00",
            "Hostname": "dc1.example.com",
            "EventID": 4625,
            "SourceName": "Microsoft-Windows-Security-Auditing",
            "Channel": "Security",
            "TargetUserName": "mia",
            "IpAddress": "192.0.2.7",
        },
        Parsed(
            parser="windows",
            logsource=logsource("windows", (), "security"),
            time=1772352000000000,
            ecs={
                "event.code": "4625",
                "event.module": "windows",
                "event.dataset": "windows.security",
                "host.os.type": "windows",
                "event.action": "logon-failed",
                "event.category": ["authentication"],
                "event.type": ["start"],
                "event.outcome": "failure",
                "event.provider": "Microsoft-Windows-Security-Auditing",
                "host.name": "dc1.example.com",
                "user.name": "mia",
                "source.ip": "192.0.2.7",
            },
            fields={
                "EventTime": "2026-03-01 08:00:00",
                "Hostname": "dc1.example.com",
                "EventID": 4625,
                "SourceName": "Microsoft-Windows-Security-Auditing",
                "Channel": "Security",
                "TargetUserName": "mia",
                "IpAddress": "192.0.2.7",
                "Computer": "dc1.example.com",
                "Provider_Name": "Microsoft-Windows-Security-Auditing",
            },
        ),
    ),
    (
        {
            "@timestamp": "2026-03-01T08:00:00.000Z",
            "winlog": {
                "channel": "Security",
                "provider_name": "Microsoft-Windows-Security-Auditing",
                "computer_name": "pc1.example.com",
                "event_id": "4688",
                "event_data": {"NewProcessName": "C:\\Windows\\System32\\cmd.exe", "SubjectUserName": "mia"},
            },
            "event": {"code": "4688"},
        },
        Parsed(
            parser="windows",
            logsource=logsource("windows", ("process_creation",), "security"),
            time=1772352000000000,
            ecs={
                "event.code": "4688",
                "event.module": "windows",
                "event.dataset": "windows.security",
                "host.os.type": "windows",
                "event.action": "process-started",
                "event.category": ["process"],
                "event.type": ["start"],
                "event.provider": "Microsoft-Windows-Security-Auditing",
                "host.name": "pc1.example.com",
                "user.name": "mia",
                "process.executable": "C:\\Windows\\System32\\cmd.exe",
                "process.name": "cmd.exe",
            },
            fields={
                "Channel": "Security",
                "Computer": "pc1.example.com",
                "NewProcessName": "C:\\Windows\\System32\\cmd.exe",
                "SubjectUserName": "mia",
                "EventID": 4688,
                "Provider_Name": "Microsoft-Windows-Security-Auditing",
                "Image": "C:\\Windows\\System32\\cmd.exe",
                "User": "mia",
            },
        ),
    ),
]


@pytest.mark.parametrize(("data", "expected"), CASES)
def test_record_becomes_event(data: dict[str, object], expected: Parsed) -> None:
    assert Normaliser().parse(Record(json.dumps(data))) == expected
