"""The shapes in which Windows events travel: each gives Windows' own names, the log source and the entities."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from ringfence.collect.normalise import Normaliser
from ringfence.collect.record import Record
from ringfence.ecs.event import Parsed
from ringfence.ecs.logsource import logsource

T = 1772352000_000000
SYSMON = "Microsoft-Windows-Sysmon/Operational"
EVTX_USER_DATA = {
    "Event": {
        "System": {
            "Provider": {"#attributes": {"Name": "Microsoft-Windows-Eventlog"}},
            "EventID": {"#attributes": {"Qualifiers": "0"}, "#text": 104},
            "Level": 4,
            "TimeCreated": {"#attributes": {"SystemTime": "2026-03-01T08:00:00Z"}},
            "Channel": "System",
            "Computer": "pc1",
            "Security": {"#attributes": {"UserID": "S-1-5-21-1"}},
        },
        "UserData": {
            "LogFileCleared": {"#attributes": {"xmlns": "x"}, "SubjectUserName": "mia", "Channel": "Application"}
        },
    }
}


def parse(data: dict[str, Any]) -> Parsed:
    parsed = Normaliser().parse(Record(orjson.dumps(data).decode(), data))
    assert isinstance(parsed, Parsed), parsed
    assert parsed.parser in ("windows", "wazuh")
    return parsed


def test_user_data_gives_its_innermost_names_and_wins_over_the_header() -> None:
    assert parse(EVTX_USER_DATA) == Parsed(
        parser="windows",
        logsource=logsource("windows", (), "system"),
        time=T,
        ecs={
            "event.code": "104",
            "event.module": "windows",
            "event.dataset": "windows.system",
            "host.os.type": "windows",
            "event.action": "event-log-cleared",
            "event.category": ["host"],
            "event.type": ["deletion"],
            "event.provider": "Microsoft-Windows-Eventlog",
            "host.name": "pc1",
            "user.name": "mia",
            "user.id": "S-1-5-21-1",
            "log.level": "information",
        },
        fields={
            "Channel": "Application",
            "Computer": "pc1",
            "Level": 4,
            "UserID": "S-1-5-21-1",
            "SubjectUserName": "mia",
            "EventID": 104,
            "Provider_Name": "Microsoft-Windows-Eventlog",
        },
    )


@pytest.mark.parametrize(
    "data",
    [
        {"Data": {"#text": ["one", "two"]}},
        {"Data": ["one", "two"]},
        {"Data": [{"#text": "one"}, {"#text": "two"}]},
    ],
)
def test_nameless_data_is_joined(data: dict[str, Any]) -> None:
    system = {**EVTX_USER_DATA["Event"]["System"], "Channel": "Application", "EventID": 77}
    assert parse({"Event": {"System": system, "EventData": data}}).fields["Data"] == "one\ntwo"


def test_attributes_as_other_converters_write_them() -> None:
    parsed = parse(
        {
            "Event": {
                "System": {
                    "Provider": {"@Name": "Microsoft-Windows-Security-Auditing"},
                    "EventID": "4624",
                    "TimeCreated": {"@SystemTime": "2026-03-01T08:00:00Z"},
                    "Channel": "Security",
                    "Computer": "pc1",
                },
                "EventData": {
                    "Data": [{"@Name": "TargetUserName", "#text": "mia"}, {"@Name": "IpAddress", "#text": "-"}]
                },
            }
        }
    )
    assert (parsed.time, parsed.fields["TargetUserName"], parsed.ecs["user.name"]) == (T, "mia", "mia")
    assert "source.ip" not in parsed.ecs


def nxlog(**more: Any) -> dict[str, Any]:
    return {
        "EventTime": "2026-03-01 09:00:00",
        "EventReceivedTime": "2026-03-01 09:00:01",
        "@timestamp": "2026-03-01T08:00:01.500Z",
        "@version": "1",
        "SourceModuleType": "im_msvistalog",
        "SourceModuleName": "eventlog",
        "Hostname": "pc1.example.com",
        "Keywords": -9218868437227405312,
        "Severity": "ERROR",
        "EventType": "AUDIT_FAILURE",
        **more,
    }


def test_nxlog_tells_its_zone_by_the_moment_of_receipt() -> None:
    parsed = parse(
        nxlog(
            EventID=4769,
            Channel="Security",
            SourceName="Microsoft-Windows-Security-Auditing",
            TargetUserName="mia@EXAMPLE.COM",
            ServiceName="krbtgt",
            IpAddress="::ffff:192.0.2.7",
        )
    )
    assert parsed == Parsed(
        parser="windows",
        logsource=logsource("windows", (), "security"),
        time=T,
        ecs={
            "event.code": "4769",
            "event.module": "windows",
            "event.dataset": "windows.security",
            "host.os.type": "windows",
            "event.action": "kerberos-service-ticket-requested",
            "event.category": ["authentication"],
            "event.type": ["start"],
            "event.provider": "Microsoft-Windows-Security-Auditing",
            "host.name": "pc1.example.com",
            "event.outcome": "failure",
            "user.name": "mia@EXAMPLE.COM",
            "user.email": "mia@EXAMPLE.COM",
            "source.ip": "192.0.2.7",
            "service.name": "krbtgt",
            "log.level": "error",
        },
        fields={
            "EventTime": "2026-03-01 09:00:00",
            "@timestamp": "2026-03-01T08:00:01.500Z",
            "Hostname": "pc1.example.com",
            "Keywords": "0x8010000000000000",
            "Severity": "ERROR",
            "EventType": "AUDIT_FAILURE",
            "EventID": 4769,
            "Channel": "Security",
            "SourceName": "Microsoft-Windows-Security-Auditing",
            "TargetUserName": "mia@EXAMPLE.COM",
            "ServiceName": "krbtgt",
            "IpAddress": "::ffff:192.0.2.7",
            "Computer": "pc1.example.com",
            "Level": 2,
            "Provider_Name": "Microsoft-Windows-Security-Auditing",
        },
    )


def test_sysmon_registry_type_that_nxlog_overwrote_is_in_the_message() -> None:
    parsed = parse(
        nxlog(
            EventType="INFO",
            EventID=12,
            Channel=SYSMON,
            SourceName="Microsoft-Windows-Sysmon",
            UtcTime="2026-03-01 08:00:00.250",
            TargetObject="HKLM\\Software\\X",
            Message="Registry object added or deleted:\r\nEventType: DeleteValue\r\nUtcTime: 2026-03-01 08:00:00.250",
        )
    )
    assert parsed.logsource is logsource("windows", ("registry_delete", "registry_event"), "sysmon")
    assert (parsed.time, parsed.fields["EventType"], parsed.ecs["registry.path"], parsed.ecs["message"]) == (
        T + 250_000,
        "DeleteValue",
        "HKLM\\Software\\X",
        "Registry object added or deleted:",
    )


def test_a_rendered_sysmon_message_is_read_where_the_fields_are_missing() -> None:
    parsed = parse(
        {
            "EventID": 22,
            "Channel": SYSMON,
            "SourceName": "Microsoft-Windows-Sysmon",
            "Hostname": "pc1",
            "EventTime": "2026-03-01T08:00:00Z",
            "Message": "Dns query:\r\nQueryName: www.example.com\r\nImage: C:\\a\\b.exe\r\n"
            "QueryResults: type:  5 cdn.example.com;::ffff:192.0.2.9;",
        }
    )
    assert parsed.logsource is logsource("windows", ("dns_query",), "sysmon")
    assert parsed.ecs["dns.question.name"] == "www.example.com"
    assert parsed.ecs["dns.answers"] == ["cdn.example.com", "192.0.2.9"]
    assert parsed.ecs["process.name"] == "b.exe"


PROCESS = {
    "Image": "C:\\Windows\\System32\\cmd.exe",
    "CommandLine": "cmd /c dir",
    "User": "EXAMPLE\\mia",
    "ProcessId": "77",
    "Hashes": "SHA1=AB12,MD5=CD34,SHA256=EF56,IMPHASH=00",
    "ParentImage": "C:\\Windows\\explorer.exe",
}


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(
            {
                "@timestamp": "2026-03-01T08:00:00.000Z",
                "winlog": {
                    "channel": SYSMON,
                    "provider_name": "Microsoft-Windows-Sysmon",
                    "computer_name": "pc1",
                    "event_id": 1,
                    "event_data": PROCESS,
                },
                "host": {"name": "forwarder"},
            },
            id="winlogbeat nested",
        ),
        pytest.param(
            {
                "@timestamp": "2026-03-01T08:00:00.000Z",
                "winlog.channel": SYSMON,
                "winlog.provider_name": "Microsoft-Windows-Sysmon",
                "winlog.computer_name": "pc1",
                "event.code": "1",
                **{f"winlog.event_data.{name}": value for name, value in PROCESS.items()},
            },
            id="winlogbeat dotted",
        ),
        pytest.param(
            {
                "@timestamp": "2026-03-01T08:00:00.000Z",
                "event_id": 1,
                "log_name": SYSMON,
                "source_name": "Microsoft-Windows-Sysmon",
                "computer_name": "pc1",
                "event_data": PROCESS,
            },
            id="winlogbeat 6",
        ),
        pytest.param(
            {
                "TimeGenerated": "2026-03-01T08:00:00Z",
                "Provider": "Microsoft-Windows-Sysmon",
                "Channel": SYSMON,
                "Computer": "pc1",
                "EventID": 1,
                "EventData": orjson.dumps(PROCESS).decode(),
                "Type": "WindowsEvent",
            },
            id="Log Analytics WindowsEvent",
        ),
        pytest.param(
            {
                "TimeGenerated": "2026-03-01T08:00:00Z",
                "Source": "Microsoft-Windows-Sysmon",
                "EventLog": SYSMON,
                "Computer": "pc1",
                "EventID": 1,
                "EventData": '<DataItem type="System.XmlData"><EventData xmlns="x">'
                + "".join(f'<Data Name="{name}">{value}</Data>' for name, value in PROCESS.items())
                + "</EventData></DataItem>",
                "Type": "Event",
            },
            id="Log Analytics Event",
        ),
        pytest.param(
            {
                "win": {
                    "system": {
                        "channel": SYSMON,
                        "providerName": "Microsoft-Windows-Sysmon",
                        "computer": "pc1",
                        "eventID": "1",
                        "systemTime": "2026-03-01T08:00:00.000Z",
                    },
                    "eventdata": {
                        name[0].lower() + name[1:]: value.replace("\\", "\\\\") for name, value in PROCESS.items()
                    },
                }
            },
            id="Wazuh",
        ),
        pytest.param(
            {
                "EventID": 1,
                "Channel": SYSMON,
                "SourceName": "Microsoft-Windows-Sysmon",
                "Hostname": "pc1",
                "UtcTime": "2026-03-01 08:00:00.000",
                **PROCESS,
            },
            id="flat",
        ),
        pytest.param(
            {
                "System": {
                    "Provider": {"Name": "Microsoft-Windows-Sysmon"},
                    "EventID": 1,
                    "TimeCreated": {"SystemTime": "2026-03-01T08:00:00Z"},
                    "Channel": SYSMON,
                    "Computer": "pc1",
                },
                "EventData": PROCESS,
            },
            id="event without its root",
        ),
    ],
)
def test_one_process_in_all_shapes(data: dict[str, Any]) -> None:
    parsed = parse(data)
    assert parsed.time == T
    assert parsed.logsource is logsource("windows", ("process_creation",), "sysmon")
    assert {name: parsed.fields[name] for name in PROCESS} == PROCESS
    assert parsed.fields["EventID"] == 1
    assert parsed.fields["Provider_Name"] == "Microsoft-Windows-Sysmon"
    assert parsed.ecs == {
        "event.code": "1",
        "event.module": "windows",
        "event.dataset": "windows.sysmon",
        "host.os.type": "windows",
        "event.action": "process-started",
        "event.category": ["process"],
        "event.type": ["start"],
        "event.provider": "Microsoft-Windows-Sysmon",
        "host.name": "pc1",
        "process.executable": "C:\\Windows\\System32\\cmd.exe",
        "process.name": "cmd.exe",
        "process.pid": 77,
        "user.domain": "EXAMPLE",
        "user.name": "mia",
        "process.command_line": "cmd /c dir",
        "process.parent.executable": "C:\\Windows\\explorer.exe",
        "process.parent.name": "explorer.exe",
        "process.hash.sha1": "ab12",
        "process.hash.md5": "cd34",
        "process.hash.sha256": "ef56",
    }


def test_wazuh_alert_keeps_its_rule_over_the_windows_event() -> None:
    parsed = parse(
        {
            "timestamp": "2026-03-01T08:00:01.000+0000",
            "rule": {"level": 6, "id": "92052", "description": "cmd", "mitre": {"id": ["T1059.003"]}},
            "agent": {"id": "1", "name": "pc1-agent"},
            "manager": {"name": "w"},
            "data": {
                "win": {
                    "system": {
                        "channel": SYSMON,
                        "providerName": "Microsoft-Windows-Sysmon",
                        "computer": "pc1",
                        "eventID": "1",
                        "systemTime": "2026-03-01T08:00:00Z",
                    },
                    "eventdata": {"image": "C:\\\\a.exe"},
                }
            },
        }
    )
    assert parsed.logsource is logsource("windows", ("process_creation",), "sysmon")
    assert parsed.fields["Image"] == "C:\\a.exe"
    assert (parsed.time, parsed.ecs["rule.id"], parsed.ecs["threat.technique.id"], parsed.ecs["host.name"]) == (
        T,
        "92052",
        ["T1059.003"],
        "pc1",
    )


def security(event_id: int, **data: Any) -> Parsed:
    return parse(
        {
            "EventID": event_id,
            "Channel": "Security",
            "SourceName": "Microsoft-Windows-Security-Auditing",
            "Hostname": "pc1",
            "EventTime": "2026-03-01T08:00:00Z",
            **data,
        }
    )


def test_4688_has_sysmons_names_too() -> None:
    parsed = security(
        4688,
        NewProcessName="C:\\Windows\\System32\\whoami.exe",
        ParentProcessName="C:\\Windows\\System32\\cmd.exe",
        NewProcessId="0x4d2",
        ProcessId="0x10",
        SubjectUserName="mia",
        SubjectDomainName="EXAMPLE",
        SubjectLogonId="0x3e7",
        MandatoryLabel="S-1-16-12288",
        TargetUserName="-",
    )
    assert parsed.logsource is logsource("windows", ("process_creation",), "security")
    added = ("Image", "ParentImage", "User", "LogonId", "IntegrityLevel", "ProcessId")
    assert [parsed.fields[name] for name in added] == [
        "C:\\Windows\\System32\\whoami.exe",
        "C:\\Windows\\System32\\cmd.exe",
        "EXAMPLE\\mia",
        "0x3e7",
        "High",
        "0x10",
    ]
    assert (parsed.ecs["process.pid"], parsed.ecs["process.parent.pid"]) == (1234, 16)
    assert "user.effective.name" not in parsed.ecs


def test_4657_has_sysmons_names_too() -> None:
    parsed = security(
        4657,
        ObjectName="\\REGISTRY\\MACHINE\\SOFTWARE\\Run",
        ObjectValueName="evil",
        NewValue="a.exe",
        OperationType="%%1904",
        ProcessName="C:\\Windows\\regedit.exe",
    )
    assert parsed.logsource is logsource("windows", ("registry_set", "registry_event"), "security")
    assert (parsed.fields["TargetObject"], parsed.fields["Details"], parsed.fields["EventType"]) == (
        "HKLM\\SOFTWARE\\Run\\evil",
        "a.exe",
        "SetValue",
    )
    assert parsed.fields["Image"] == parsed.ecs["process.executable"] == "C:\\Windows\\regedit.exe"


def test_5156_has_sysmons_names_too() -> None:
    parsed = security(
        5156,
        Application="\\device\\harddiskvolume2\\windows\\system32\\svchost.exe",
        Direction="%%14593",
        SourceAddress="192.0.2.7",
        SourcePort="50001",
        DestAddress="198.51.100.9",
        DestPort="443",
        Protocol="6",
    )
    assert parsed.logsource is logsource("windows", ("network_connection",), "security")
    assert (parsed.fields["Image"], parsed.fields["Initiated"], parsed.fields["DestinationIp"]) == (
        "C:\\windows\\system32\\svchost.exe",
        "true",
        "198.51.100.9",
    )
    assert (parsed.ecs["destination.port"], parsed.ecs["network.transport"]) == (443, "tcp")


def test_defender_names_lose_their_blanks() -> None:
    parsed = parse(
        {
            "EventID": 1116,
            "Channel": "Microsoft-Windows-Windows Defender/Operational",
            "Hostname": "pc1",
            "EventTime": "2026-03-01T08:00:00Z",
            "Threat Name": "Test:File",
            "Path": "file:_C:\\Temp\\eicar.com",
            "Detection User": "EXAMPLE\\mia",
        }
    )
    assert parsed.logsource is logsource("windows", ("antivirus",), "windefend")
    assert (parsed.fields["ThreatName"], parsed.fields["Threat_Name"], parsed.fields["Signature"]) == (
        "Test:File",
        "Test:File",
        "Test:File",
    )
    assert parsed.fields["Filename"] == "C:\\Temp\\eicar.com"
    assert (parsed.ecs["threat.indicator.name"], parsed.ecs["user.name"]) == ("Test:File", "mia")


def test_classic_powershell_data_is_the_message_where_only_that_is_sent() -> None:
    message = "Engine state is changed.\r\n\tHostApplication=powershell -enc AA\r\n\tUserId=EXAMPLE\\mia"
    parsed = parse(
        {
            "EventID": 400,
            "Channel": "Windows PowerShell",
            "SourceName": "PowerShell",
            "Hostname": "pc1",
            "EventTime": "2026-03-01T08:00:00Z",
            "Message": message,
        }
    )
    assert parsed.logsource is logsource("windows", ("ps_classic_start",), "powershell-classic")
    assert (parsed.fields["Data"], parsed.fields["HostApplication"]) == (message, "powershell -enc AA")


@pytest.mark.parametrize(
    "data",
    [
        {"TimeGenerated": "2026-03-01T08:00:00Z", "EventID": 4625, "Computer": "pc1", "Type": "SecurityEvent"},
        {"_time": "2026-03-01T08:00:00Z", "EventCode": "4625", "ComputerName": "pc1", "LogName": "Security"},
        {
            "TimeCreated": "/Date(1772352000000)/",
            "Id": 4625,
            "ProviderName": "Microsoft-Windows-Security-Auditing",
            "LogName": "Security",
            "MachineName": "pc1",
        },
        {"EventTime": 1772352000000000, "EventID": 4625, "Hostname": "pc1", "Channel": "security"},
    ],
)
def test_flat_names_of_other_shippers(data: dict[str, Any]) -> None:
    parsed = parse(data)
    assert (parsed.time, parsed.ecs["host.name"], parsed.logsource, parsed.ecs["event.action"]) == (
        T,
        "pc1",
        logsource("windows", (), "security"),
        "logon-failed",
    )


def test_the_senders_time_stands_in_where_the_event_holds_none() -> None:
    data = {"EventID": 4625, "Hostname": "pc1", "Channel": "Security"}
    parsed = Normaliser().parse(Record("", data, meta={"time": T}))
    assert isinstance(parsed, Parsed)
    assert parsed.time == T
