"""What looks like an attack and is none: the backup, the vulnerability scanner, administrators with sharp tools."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.drills.background.scene import SYSTEM_USER, Appointment, Scene, service_account
from ringfence.drills.model import DemoRecord
from ringfence.drills.sources import cloud, database, linux, sysmon, web, windows
from ringfence.drills.sources.cloud import Caller
from ringfence.drills.sources.sysmon import Process
from ringfence.drills.stamps import SECOND

SCANNER_AGENT = "Mozilla/5.0 (compatible; ExampleScan/7.2; +https://scan.corp.example.com)"
_CHECKS = (
    "/cgi-bin/test.cgi",
    "/products/view.php?id=12%27%20OR%20%271%27=%271",
    "/download?file=../../../../etc/passwd",
    "/search?q=%3Cscript%3Ealert(1)%3C/script%3E",
    "/admin/",
    "/server-status",
    "/products/view.php?id=12%20UNION%20SELECT%20NULL,NULL--",
    "/backup.zip",
)
_TABLES = ("customers", "orders", "products", "carts", "invoices")


def back_up(scene: Scene, time_us: int) -> Iterable[DemoRecord]:
    """The backup account reads the file server and dumps the core database."""
    company = scene.company
    server, files, store = company.host("bkp01"), company.host("fs01"), company.host("db01")
    account, logon_id = service_account(company, "svc-backup", 1190), 0x900000 + scene.below(0xFFFF)
    yield windows.logon(time_us, files, account, kind=3, ip=server.ip, logon_id=logon_id)
    yield windows.share(
        time_us + 4000, files, account, ip=server.ip, name="Data", path="\\??\\D:\\Data", logon_id=logon_id
    )
    for number in range(240):
        yield windows.share(
            time_us + SECOND + number * 800_000, files, account, ip=server.ip, name="Data", path="\\??\\D:\\Data",
            logon_id=logon_id, file=f"Projects\\file-{number:04d}.xlsx",
        )  # fmt: skip
    for number, table in enumerate(_TABLES):
        yield database.statement(
            time_us + (300 + 40 * number) * SECOND, store, user="backup", client=server.ip, app="pg_dump",
            text=f"COPY public.{table} TO stdout;", pid=4100, milliseconds=20_000 + 9000 * scene.number(),
        )  # fmt: skip
    yield windows.logoff(time_us + 600 * SECOND, files, account, kind=3, logon_id=logon_id)


def list_shadows(scene: Scene, time_us: int) -> Iterable[DemoRecord]:
    """The backup product looks at the shadow copies (it deletes none)."""
    host = scene.company.host("fs01")
    agent = "C:\\Program Files\\ExampleBackup\\agent.exe"
    tool = Process(
        "C:\\Windows\\System32\\vssadmin.exe", "vssadmin.exe list shadows", SYSTEM_USER, 7712, agent, agent, 2310,
        "System", "VSSADMIN.EXE", born=time_us,
    )  # fmt: skip
    yield sysmon.started(time_us, host, tool)
    yield sysmon.ended(time_us + SECOND, host, tool)


def scan_for_vulnerabilities(scene: Scene, time_us: int) -> Iterable[DemoRecord]:
    """The internal scanner tries web checks and default passwords; all of it is refused."""
    company = scene.company
    scanner = company.host("scan01")
    for number in range(160):
        yield web.access(
            time_us + number * 900_000, company.host("web01" if number % 2 else "web02"), ip=scanner.ip,
            target=_CHECKS[number % len(_CHECKS)], status=403 if number % 3 else 404, size=153, agent=SCANNER_AGENT,
        )  # fmt: skip
    for number, host in enumerate(scene.linux * 2):
        user = ("root", "admin")[number % 2]
        yield linux.ssh_failed(
            time_us + (200 + number * 3) * SECOND, host, user=user, ip=scanner.ip, port=41_000 + number,
            pid=22_000 + number, known=number % 2 == 0,
        )  # fmt: skip
    for number, host in enumerate(scene.windows[:12]):
        yield windows.logon_failed(
            time_us + (260 + number * 4) * SECOND, host, "Administrator", kind=3, ip=scanner.ip, workstation="SCAN01"
        )


def use_psexec(scene: Scene, time_us: int) -> Iterable[DemoRecord]:
    """The administrator restarts a service on the file server with PsExec from the administration server."""
    company = scene.company
    admin, origin, target = company.person("kai.lindner"), company.host("adm01"), company.host("fs01")
    logon_id = 0xA00000 + scene.below(0xFFFF)
    tool = Process(
        "C:\\Tools\\PsExec64.exe", "PsExec64.exe \\\\fs01 net start spooler", admin.account, 5120,
        "C:\\Windows\\System32\\cmd.exe", '"C:\\Windows\\system32\\cmd.exe"', 4400, "High", "psexec.c", born=time_us,
    )  # fmt: skip
    yield sysmon.started(time_us, origin, tool)
    yield windows.logon(time_us + 900_000, target, admin, kind=3, ip=origin.ip, logon_id=logon_id)
    yield windows.special_privileges(time_us + 901_000, target, admin, logon_id=logon_id)
    yield windows.share(
        time_us + SECOND, target, admin, ip=origin.ip, name="ADMIN$", path="\\??\\C:\\Windows", logon_id=logon_id
    )
    yield windows.service_installed(time_us + 1_500_000, target, name="PSEXESVC", path="%SystemRoot%\\PSEXESVC.exe")
    child = Process(
        "C:\\Windows\\System32\\net.exe", '"net" start spooler', admin.account, 6120,
        "C:\\Windows\\PSEXESVC.exe", "C:\\Windows\\PSEXESVC.exe", 6080, "High", "net.exe", born=time_us,
    )  # fmt: skip
    yield sysmon.started(time_us + 2 * SECOND, target, child)
    yield windows.logoff(time_us + 9 * SECOND, target, admin, kind=3, logon_id=logon_id)


def welcome_colleague(scene: Scene, time_us: int) -> Iterable[DemoRecord]:
    """A new colleague gets an account in the domain and on the bastion."""
    company = scene.company
    admin, domain, host = company.person("maria.santos"), company.host("dc01"), company.host("bastion01")
    yield windows.account_created(time_us, domain, admin, login="nora.jensen", logon_id=0xB1C2D3)
    yield windows.member_added(
        time_us + 8 * SECOND, domain, admin, member="nora.jensen", group="Remote Desktop Users", logon_id=0xB1C2D3
    )
    yield linux.sudo(
        time_us + 120 * SECOND, host, user="maria", command="/usr/sbin/useradd -m -s /bin/bash nora", pid=18_200
    )
    yield linux.account_added(time_us + 120 * SECOND + 90_000, host, login="nora", uid=1042, pid=18_203)


def turn_key(scene: Scene, time_us: int) -> Iterable[DemoRecord]:
    """The cloud engineer turns over an access key of a job, from the office."""
    company = scene.company
    engineer = Caller("lucia.fernandez", "AKIAEXAMPLELUCIA0001", company.office_ip, "aws-cli/2.17.0 Python/3.11.8")
    yield cloud.trail(time_us, company, engineer, service="sts", action="GetCallerIdentity")
    yield cloud.trail(
        time_us + 30 * SECOND, company, engineer, service="iam", action="CreateAccessKey", read_only=False,
        request={"userName": "batch-reports"},
        response={"accessKey": {"userName": "batch-reports", "accessKeyId": "AKIAEXAMPLEBATCH0002"}},
    )  # fmt: skip
    yield cloud.trail(
        time_us + 300 * SECOND, company, engineer, service="iam", action="DeleteAccessKey", read_only=False,
        request={"userName": "batch-reports", "accessKeyId": "AKIAEXAMPLEBATCH0001"},
    )  # fmt: skip


def download_tool(scene: Scene, time_us: int) -> Iterable[DemoRecord]:
    """An administrator fetches a package with PowerShell."""
    company = scene.company
    admin, host = company.person("erik.johansson"), company.host("ws-it-03")
    text = "Invoke-WebRequest -Uri https://updates.example.net/agent.msi -OutFile C:\\Install\\agent.msi"
    yield windows.script_block(time_us, host, admin, text=text)


APPOINTMENTS: tuple[Appointment, ...] = (
    Appointment(2 * 3600, back_up),
    Appointment(2 * 3600 + 700, list_shadows),
    Appointment(3 * 3600, scan_for_vulnerabilities),
    Appointment(9.2 * 3600, welcome_colleague),
    Appointment(10.6 * 3600, use_psexec),
    Appointment(11.1 * 3600, download_tool),
    Appointment(14.4 * 3600, turn_key),
    Appointment(19.5 * 3600, scan_for_vulnerabilities),
)
