"""Sysmon events (schema 4.90) as the NXLog agent ships them."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from ringfence.drills import stamps
from ringfence.drills.model import DemoRecord, Host
from ringfence.drills.sources.windows import event

CHANNEL = (
    "Microsoft-Windows-Sysmon/Operational",
    "Microsoft-Windows-Sysmon",
    "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}",
)


@dataclass(frozen=True, slots=True)
class Process:
    """A running process: image path, command line, account, id, and its parent's image and command line.

    `born` (microseconds UTC) makes its ProcessGuid unique.
    """

    image: str
    command: str
    user: str
    pid: int
    parent_image: str = "C:\\Windows\\explorer.exe"
    parent_command: str = "C:\\Windows\\Explorer.EXE"
    parent_pid: int = 4012
    integrity: str = "Medium"
    original_name: str = ""
    directory: str = "C:\\Windows\\system32\\"
    born: int = 0

    @property
    def guid(self) -> str:
        """ProcessGuid: stays the same for the life of the process."""
        born = self.born
        return f"{{6B29FC40-{born >> 32 & 0xFFFF:04X}-{born >> 16 & 0xFFFF:04X}-{born & 0xFFFF:04X}-{self.pid:012X}}}"


def hash_number(text: str) -> int:
    """A number that is the same on every machine (`hash` is not)."""
    return int.from_bytes(text.encode()[-8:], "big")


def _base(time_us: int, process: Process) -> dict[str, Any]:
    return {
        "RuleName": "-",
        "UtcTime": stamps.sysmon(time_us),
        "ProcessGuid": process.guid,
        "ProcessId": process.pid,
        "Image": process.image,
        "User": process.user,
    }


def _emit(time_us: int, host: Host, number: int, data: dict[str, Any]) -> DemoRecord:
    return event(time_us, host, CHANNEL, number, data)


def started(time_us: int, host: Host, process: Process) -> DemoRecord:
    """1: process creation."""
    data = _base(time_us, process)
    data |= {
        "FileVersion": "10.0.19041.1",
        "Description": process.image.rsplit("\\", 1)[-1].removesuffix(".exe"),
        "Company": "Microsoft Corporation" if process.image.startswith("C:\\Windows") else "-",
        "OriginalFileName": process.original_name or process.image.rsplit("\\", 1)[-1],
        "CommandLine": process.command,
        "CurrentDirectory": process.directory,
        "LogonId": "0x4f2a1",
        "TerminalSessionId": 1,
        "IntegrityLevel": process.integrity,
        "Hashes": "SHA256=" + sha256(process.image.encode()).hexdigest().upper(),
        "ParentProcessId": process.parent_pid,
        "ParentImage": process.parent_image,
        "ParentCommandLine": process.parent_command,
    }
    return _emit(time_us, host, 1, data)


def ended(time_us: int, host: Host, process: Process) -> DemoRecord:
    """5: process end."""
    return _emit(time_us, host, 5, _base(time_us, process))


def connected(time_us: int, host: Host, process: Process, *, to: str, port: int, name: str = "") -> DemoRecord:
    """3: TCP connection from the host."""
    data = _base(time_us, process)
    data |= {
        "Protocol": "tcp",
        "Initiated": "true",
        "SourceIsIpv6": "false",
        "SourceIp": host.ip,
        "SourceHostname": host.fqdn,
        "SourcePort": 49152 + time_us // 1000 % 16000,
        "DestinationIsIpv6": "false",
        "DestinationIp": to,
        "DestinationHostname": name or "-",
        "DestinationPort": port,
    }
    return _emit(time_us, host, 3, data)


def loaded(time_us: int, host: Host, process: Process, *, image: str, signed: bool = True) -> DemoRecord:
    """7: a library was loaded."""
    data = _base(time_us, process)
    data |= {
        "ImageLoaded": image,
        "OriginalFileName": image.rsplit("\\", 1)[-1],
        "Hashes": f"SHA256={hash_number(image):064X}",
        "Signed": "true" if signed else "false",
        "Signature": "Microsoft Windows" if signed else "-",
        "SignatureStatus": "Valid" if signed else "Unavailable",
    }
    return _emit(time_us, host, 7, data)


def thread_injected(time_us: int, host: Host, process: Process, target: Process) -> DemoRecord:
    """8: a thread was started in another process."""
    return _emit(
        time_us,
        host,
        8,
        {
            **_pair(time_us, process, target),
            "NewThreadId": 4242,
            "StartAddress": "0x00007FF8A1B20000",
            "StartModule": "-",
            "StartFunction": "-",
        },
    )


def opened_process(
    time_us: int, host: Host, process: Process, target: Process, *, access: str, trace: str
) -> DemoRecord:
    """10: another process was opened with an access mask."""
    return _emit(
        time_us,
        host,
        10,
        {**_pair(time_us, process, target), "SourceThreadId": 5120, "GrantedAccess": access, "CallTrace": trace},
    )


def created_file(time_us: int, host: Host, process: Process, *, path: str) -> DemoRecord:
    """11: a file was created or overwritten."""
    data = _base(time_us, process)
    data |= {"TargetFilename": path, "CreationUtcTime": stamps.sysmon(time_us)}
    return _emit(time_us, host, 11, data)


def set_registry(time_us: int, host: Host, process: Process, *, key: str, value: str) -> DemoRecord:
    """13: a registry value was set."""
    data = _base(time_us, process)
    data |= {"EventType": "SetValue", "TargetObject": key, "Details": value}
    return _emit(time_us, host, 13, data)


def asked_dns(time_us: int, host: Host, process: Process, *, name: str, answer: str) -> DemoRecord:
    """22: a DNS question."""
    data = _base(time_us, process)
    data |= {"QueryName": name, "QueryStatus": "0", "QueryResults": f"::ffff:{answer};"}
    return _emit(time_us, host, 22, data)


def _pair(time_us: int, process: Process, target: Process) -> dict[str, Any]:
    return {
        "RuleName": "-",
        "UtcTime": stamps.sysmon(time_us),
        "SourceProcessGUID": process.guid,
        "SourceProcessGuid": process.guid,
        "SourceProcessId": process.pid,
        "SourceImage": process.image,
        "TargetProcessGUID": target.guid,
        "TargetProcessGuid": target.guid,
        "TargetProcessId": target.pid,
        "TargetImage": target.image,
        "SourceUser": process.user,
        "TargetUser": target.user,
    }
