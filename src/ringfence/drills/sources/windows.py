"""Windows event logs as the NXLog agent ships them: flat JSON lines, without the long Message text.

Field names are those of the event schemas (Microsoft Learn, "Advanced security audit policy" appendix L).
"""

from __future__ import annotations

from typing import Any

import orjson

from ringfence.drills import stamps
from ringfence.drills.model import NETBIOS, DemoRecord, Host, Person

SECURITY = ("Security", "Microsoft-Windows-Security-Auditing", "{54849625-5478-4994-A5BA-3E3B0328C30D}")
SYSTEM = ("System", "Service Control Manager", "{555908D1-A6D7-4695-8E1E-26931D2012F4}")
POWERSHELL = (
    "Microsoft-Windows-PowerShell/Operational",
    "Microsoft-Windows-PowerShell",
    "{A0C1853B-5C40-4B15-8766-3CF1C58F985A}",
)
DEFENDER = (
    "Microsoft-Windows-Windows Defender/Operational",
    "Microsoft-Windows-Windows Defender",
    "{11CD958A-C507-4EF3-B3F2-5FD9DFBD2C78}",
)
EVENTLOG = ("Security", "Microsoft-Windows-Eventlog", "{FC65DDD8-D6EF-4962-83D5-6E5CFE9CE148}")

_TASKS = {
    4624: "Logon", 4625: "Logon", 4634: "Logoff", 4672: "Special Logon", 4688: "Process Creation",
    4720: "User Account Management", 4732: "Security Group Management",
    4768: "Kerberos Authentication Service", 4769: "Kerberos Service Ticket Operations",
    5140: "File Share", 5145: "Detailed File Share", 1102: "Log clear",
}  # fmt: skip
_FAILED = frozenset({4625, 4771, 4776})


def event(
    time_us: int, host: Host, channel: tuple[str, str, str], event_id: int, data: dict[str, Any], *, level: str = "INFO"
) -> DemoRecord:
    """Return one event of any channel (name, provider, provider GUID); `data` are its EventData fields."""
    name, provider, guid = channel
    head: dict[str, Any] = {
        "EventTime": stamps.iso_us(time_us),
        "Hostname": host.fqdn,
        "Channel": name,
        "SourceName": provider,
        "ProviderGuid": guid,
        "EventID": event_id,
        "EventType": "INFO",
        "Severity": level,
        "RecordNumber": time_us // 10_000 % 1_000_000_000,
        "Category": _TASKS.get(event_id, ""),
    }
    if channel is SECURITY:
        head["EventType"] = "AUDIT_FAILURE" if event_id in _FAILED else "AUDIT_SUCCESS"
    head.update(data)
    head["SourceModuleName"] = "eventlog"
    head["SourceModuleType"] = "im_msvistalog"
    return DemoRecord(time_us, orjson.dumps(head).decode(), host.name, "nxlog")


def logon(
    time_us: int,
    host: Host,
    person: Person,
    *,
    kind: int,
    ip: str = "-",
    logon_id: int,
    workstation: str = "-",
    package: str = "Kerberos",
) -> DemoRecord:
    """4624: `kind` is the logon type (2 console, 3 network, 10 remote desktop, 11 cached)."""
    return event(
        time_us,
        host,
        SECURITY,
        4624,
        {
            "SubjectUserSid": "S-1-0-0" if kind == 3 else "S-1-5-18",
            "SubjectUserName": "-" if kind == 3 else f"{host.name.upper()}$",
            "SubjectDomainName": "-" if kind == 3 else NETBIOS,
            "SubjectLogonId": "0x0" if kind == 3 else "0x3e7",
            "TargetUserSid": person.sid,
            "TargetUserName": person.login,
            "TargetDomainName": NETBIOS,
            "TargetLogonId": hex(logon_id),
            "LogonType": kind,
            "LogonProcessName": {2: "User32 ", 3: package}.get(kind, "User32 "),
            "AuthenticationPackageName": package,
            "WorkstationName": workstation,
            "LogonGuid": "{00000000-0000-0000-0000-000000000000}",
            "LmPackageName": "NTLM V2" if package == "NTLM" else "-",
            "KeyLength": 128 if package == "NTLM" else 0,
            "ProcessName": "-" if kind == 3 else "C:\\Windows\\System32\\svchost.exe",
            "IpAddress": ip,
            "IpPort": "-" if ip == "-" else str(49152 + logon_id % 16000),
            "ElevatedToken": "%%1842" if person.admin else "%%1843",
        },
    )


def logon_failed(
    time_us: int, host: Host, login: str, *, kind: int, ip: str, workstation: str, known: bool = True
) -> DemoRecord:
    """4625: wrong password, or an unknown account when not `known`."""
    return event(
        time_us,
        host,
        SECURITY,
        4625,
        {
            "SubjectUserSid": "S-1-0-0",
            "SubjectUserName": "-",
            "SubjectDomainName": "-",
            "SubjectLogonId": "0x0",
            "TargetUserSid": "S-1-0-0",
            "TargetUserName": login,
            "TargetDomainName": NETBIOS,
            "Status": "0xc000006d",
            "FailureReason": "%%2313",
            "SubStatus": "0xc000006a" if known else "0xc0000064",
            "LogonType": kind,
            "LogonProcessName": "NtLmSsp " if kind == 3 else "User32 ",
            "AuthenticationPackageName": "NTLM" if kind == 3 else "Negotiate",
            "WorkstationName": workstation,
            "IpAddress": ip,
            "IpPort": "0",
            "ProcessName": "-",
        },
        level="ERROR",
    )


def logoff(time_us: int, host: Host, person: Person, *, kind: int, logon_id: int) -> DemoRecord:
    """4634."""
    return event(
        time_us,
        host,
        SECURITY,
        4634,
        {
            "TargetUserSid": person.sid,
            "TargetUserName": person.login,
            "TargetDomainName": NETBIOS,
            "TargetLogonId": hex(logon_id),
            "LogonType": kind,
        },
    )


def special_privileges(time_us: int, host: Host, person: Person, *, logon_id: int) -> DemoRecord:
    """4672: an administrator logged on."""
    return event(
        time_us,
        host,
        SECURITY,
        4672,
        {
            **_subject(person, logon_id),
            "PrivilegeList": "SeSecurityPrivilege\r\n\t\t\tSeBackupPrivilege\r\n\t\t\tSeDebugPrivilege",
        },
    )


def process_created(
    time_us: int, host: Host, person: Person, *, image: str, command: str, parent: str, pid: int, logon_id: int
) -> DemoRecord:
    """4688 with the command line (audit policy switched on)."""
    return event(
        time_us,
        host,
        SECURITY,
        4688,
        {
            **_subject(person, logon_id),
            "NewProcessId": hex(pid),
            "NewProcessName": image,
            "TokenElevationType": "%%1936",
            "ProcessId": hex(pid // 2 * 2 + 400),
            "CommandLine": command,
            "TargetUserSid": "S-1-0-0",
            "TargetUserName": "-",
            "TargetDomainName": "-",
            "TargetLogonId": "0x0",
            "ParentProcessName": parent,
            "MandatoryLabel": "S-1-16-8192",
        },
    )


def kerberos_ticket(time_us: int, host: Host, person: Person, *, ip: str, service: str = "krbtgt") -> DemoRecord:
    """4768 for `krbtgt`, 4769 for any other service; AES tickets."""
    first = service == "krbtgt"
    data: dict[str, Any] = {
        "TargetUserName": person.login if first else f"{person.login}@CORP.EXAMPLE.COM",
        "TargetDomainName": "CORP.EXAMPLE.COM",
        "ServiceName": service,
        "ServiceSid": person.sid.rsplit("-", 1)[0] + "-502",
        "TicketOptions": "0x40810010",
        "TicketEncryptionType": "0x12",
        "IpAddress": f"::ffff:{ip}",
        "IpPort": str(49152 + time_us // 1000 % 16000),
        "Status": "0x0",
    }
    if first:
        data |= {"TargetSid": person.sid, "PreAuthType": "2"}
    return event(time_us, host, SECURITY, 4768 if first else 4769, data)


def share(
    time_us: int, host: Host, person: Person, *, ip: str, name: str, path: str, logon_id: int, file: str = ""
) -> DemoRecord:
    """5140 (share opened), or 5145 when a `file` on the share is named."""
    data: dict[str, Any] = {
        **_subject(person, logon_id),
        "ObjectType": "File",
        "IpAddress": ip,
        "IpPort": str(49152 + logon_id % 16000),
        "ShareName": f"\\\\*\\{name}",
        "ShareLocalPath": path,
        "AccessMask": "0x1",
        "AccessList": "%%4416\r\n\t\t\t\t",
    }
    if file:
        data["RelativeTargetName"] = file
    return event(time_us, host, SECURITY, 5145 if file else 5140, data)


def account_created(time_us: int, host: Host, actor: Person, *, login: str, logon_id: int) -> DemoRecord:
    """4720."""
    return event(
        time_us,
        host,
        SECURITY,
        4720,
        {
            **_subject(actor, logon_id),
            "TargetUserName": login,
            "TargetDomainName": NETBIOS,
            "TargetSid": actor.sid.rsplit("-", 1)[0] + "-4711",
            "SamAccountName": login,
            "UserPrincipalName": "-",
        },
    )


def member_added(time_us: int, host: Host, actor: Person, *, member: str, group: str, logon_id: int) -> DemoRecord:
    """4732: a member joined a local group."""
    return event(
        time_us,
        host,
        SECURITY,
        4732,
        {
            **_subject(actor, logon_id),
            "MemberName": f"CN={member},CN=Users,DC=corp,DC=example,DC=com",
            "MemberSid": actor.sid.rsplit("-", 1)[0] + "-4711",
            "TargetUserName": group,
            "TargetDomainName": "Builtin",
            "TargetSid": "S-1-5-32-544" if group == "Administrators" else "S-1-5-32-555",
        },
    )


def log_cleared(time_us: int, host: Host, actor: Person, *, logon_id: int) -> DemoRecord:
    """1102."""
    return event(time_us, host, EVENTLOG, 1102, _subject(actor, logon_id))


def service_installed(
    time_us: int, host: Host, *, name: str, path: str, account: str = "LocalSystem", start: str = "demand start"
) -> DemoRecord:
    """7045 of the Service Control Manager."""
    return event(
        time_us,
        host,
        SYSTEM,
        7045,
        {
            "ServiceName": name,
            "ImagePath": path,
            "ServiceType": "user mode service",
            "StartType": start,
            "AccountName": account,
        },
    )


def script_block(time_us: int, host: Host, person: Person, *, text: str, path: str = "") -> DemoRecord:
    """4104 of PowerShell."""
    return event(
        time_us,
        host,
        POWERSHELL,
        4104,
        {
            "MessageNumber": "1",
            "MessageTotal": "1",
            "ScriptBlockText": text,
            "ScriptBlockId": f"{time_us & 0xFFFFFFFF:08x}-1111-4222-8333-{time_us & 0xFFFFFFFFFFFF:012x}",
            "Path": path,
            "Domain": NETBIOS,
            "AccountName": person.login,
            "UserID": person.sid,
        },
        level="VERBOSE",
    )


def malware_found(time_us: int, host: Host, person: Person, *, threat: str, path: str, process: str) -> DemoRecord:
    """1116 of Microsoft Defender Antivirus."""
    return event(
        time_us,
        host,
        DEFENDER,
        1116,
        {
            "Product Name": "Microsoft Defender Antivirus",
            "Detection ID": f"{{{time_us & 0xFFFFFFFF:08X}-2222-4333-9444-{time_us & 0xFFFFFFFFFFFF:012X}}}",
            "Threat ID": "2147700001",
            "Threat Name": threat,
            "Severity ID": "5",
            "Severity Name": "Severe",
            "Category Name": "Trojan",
            "Path": f"file:_{path}",
            "Origin Name": "Local machine",
            "Detection User": person.account,
            "Process Name": process,
            "Action Name": "Not Applicable",
        },
        level="WARNING",
    )


def _subject(person: Person, logon_id: int) -> dict[str, Any]:
    return {
        "SubjectUserSid": person.sid,
        "SubjectUserName": person.login,
        "SubjectDomainName": NETBIOS,
        "SubjectLogonId": hex(logon_id),
    }
