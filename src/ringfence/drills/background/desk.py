"""People at their desks: signing in, opening applications, browsing, files, mail, small mistakes."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from ringfence.drills.background.scene import Appointment, Habit, Scene, system_account
from ringfence.drills.model import DemoRecord, Host, Person
from ringfence.drills.sources import identity, network, sysmon, windows
from ringfence.drills.sources.sysmon import Process
from ringfence.drills.stamps import SECOND

OFFICE = "C:\\Program Files\\Microsoft Office\\root\\Office16"
IMAGES = {
    "outlook": f"{OFFICE}\\OUTLOOK.EXE",
    "excel": f"{OFFICE}\\EXCEL.EXE",
    "word": f"{OFFICE}\\WINWORD.EXE",
    "chrome": "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
    "teams": "C:\\Program Files\\WindowsApps\\MSTeams\\ms-teams.exe",
    "sap": "C:\\Program Files\\SAP\\FrontEnd\\SAPgui\\saplogon.exe",
    "acrobat": "C:\\Program Files\\Adobe\\Acrobat DC\\Acrobat\\Acrobat.exe",
    "code": "C:\\Program Files\\Microsoft VS Code\\Code.exe",
    "git": "C:\\Program Files\\Git\\cmd\\git.exe",
    "dbeaver": "C:\\Program Files\\DBeaver\\dbeaver.exe",
    "mmc": "C:\\Windows\\System32\\mmc.exe",
    "powershell": "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
}
_ARGUMENTS = {
    "git": ("pull --rebase", "fetch origin", "status", "push origin main"),
    "mmc": ("C:\\Windows\\system32\\dsa.msc", "C:\\Windows\\system32\\eventvwr.msc"),
    "excel": ('"S:\\Finance\\budget.xlsx"', '"S:\\Reports\\week.xlsx"', "/dde"),
    "word": ('"S:\\Templates\\offer.docx"', '"S:\\Legal\\contract.docx"', "/n"),
    "powershell": ("-NoLogo", "Get-Service", "-File C:\\Scripts\\inventory.ps1"),
}
_SITES = (
    ("www.example.com", "192.0.2.200"),
    ("intranet.example.com", "10.20.3.10"),
    ("news.example.net", "192.0.2.201"),
    ("login.example.org", "192.0.2.202"),
    ("cdn.example.net", "192.0.2.203"),
    ("mail.example.com", "10.20.2.25"),
    ("docs.example.org", "192.0.2.204"),
    ("updates.example.net", "192.0.2.205"),
    ("maps.example.org", "192.0.2.206"),
    ("shop.example.net", "192.0.2.207"),
)
_LIBRARIES = tuple(
    f"C:\\Windows\\System32\\{name}.dll" for name in ("kernel32", "user32", "ole32", "crypt32", "winhttp", "dbghelp")
)
_FOLDERS = ("Finance", "Reports", "Templates", "Projects", "Sales", "Legal", "HR")
_AGENT = "Microsoft-Delivery-Optimization/10.0"


def process(scene: Scene, person: Person, application: str, time_us: int) -> Process:
    """A running application of the person's."""
    image = IMAGES[application]
    arguments = scene.pick(_ARGUMENTS.get(application, ("",)))
    command = f'"{image}" {arguments}'.strip()
    return Process(image, command, person.account, 4 * (500 + scene.below(5000)), born=time_us)


def attendance(scene: Scene) -> list[Appointment]:
    """Signing in and out of every person, with the minutes people differ by."""
    found: list[Appointment] = []
    for person in scene.company.people:
        arrives = person.starts * 3600 + scene.number() * 1500
        leaves = person.ends * 3600 - scene.number() * 1200
        logon_id = 0x40000 + scene.below(0xFFFFFF)
        found.append(Appointment(arrives, partial(sign_in, person=person, logon_id=logon_id)))
        found.append(Appointment(leaves, partial(sign_out, person=person, logon_id=logon_id)))
    return found


def sign_in(scene: Scene, time_us: int, *, person: Person, logon_id: int) -> Iterable[DemoRecord]:
    """Kerberos, console logon, shares, Okta and Microsoft 365; now and then a typing mistake first."""
    company, host = scene.company, scene.company.host(person.workstation)
    domain, files = company.host("dc01"), company.host("fs01")
    if scene.number() < 0.15:
        yield windows.logon_failed(time_us, host, person.login, kind=2, ip="127.0.0.1", workstation=host.name.upper())
        time_us += 9 * SECOND
    yield windows.kerberos_ticket(time_us, domain, person, ip=host.ip)
    yield windows.kerberos_ticket(time_us + 40_000, domain, person, ip=host.ip, service=f"{host.name.upper()}$")
    yield windows.logon(time_us + 90_000, host, person, kind=2, ip="127.0.0.1", logon_id=logon_id, package="Negotiate")
    if person.admin:
        yield windows.special_privileges(time_us + 91_000, host, person, logon_id=logon_id)
    shell = Process(
        "C:\\Windows\\explorer.exe", "C:\\Windows\\Explorer.EXE", person.account, 4012,
        "C:\\Windows\\System32\\userinit.exe", "C:\\Windows\\system32\\userinit.exe", born=time_us,
    )  # fmt: skip
    yield sysmon.started(time_us + SECOND, host, shell)
    yield windows.logon(time_us + 2 * SECOND, files, person, kind=3, ip=host.ip, logon_id=logon_id + 7)
    yield windows.share(
        time_us + 2 * SECOND + 9000,
        files,
        person,
        ip=host.ip,
        name="Data",
        path="\\??\\D:\\Data",
        logon_id=logon_id + 7,
    )
    yield identity.okta(time_us + 40 * SECOND, person, action="user.session.start", ip=address(scene, person))
    yield identity.m365(
        time_us + 55 * SECOND, person, operation="UserLoggedIn", workload="AzureActiveDirectory", record_type=15,
        ip=address(scene, person), result="Success",
    )  # fmt: skip


def sign_out(scene: Scene, time_us: int, *, person: Person, logon_id: int) -> Iterable[DemoRecord]:
    """End of the console and network sessions."""
    host = scene.company.host(person.workstation)
    yield windows.logoff(time_us, host, person, kind=2, logon_id=logon_id)
    yield windows.logoff(time_us + SECOND, scene.company.host("fs01"), person, kind=3, logon_id=logon_id + 7)


def address(scene: Scene, person: Person) -> str:
    """The office address, or the person's own where they work abroad."""
    return scene.company.office_ip if person.country == "DE" else person.home_ip


def _desk(scene: Scene) -> tuple[Person, Host] | None:
    person = scene.at_work()
    return (person, scene.company.host(person.workstation)) if person else None


def open_application(scene: Scene, time_us: int) -> Iterable[DemoRecord]:
    """An application starts, loads libraries, notes a recent file and ends some minutes later."""
    seat = _desk(scene)
    if seat is None:
        return
    person, host = seat
    running = process(scene, person, scene.pick(person.applications), time_us)
    yield sysmon.started(time_us, host, running)
    yield windows.process_created(
        time_us + 900, host, person, image=running.image, command=running.command,
        parent=running.parent_image, pid=running.pid, logon_id=0x4F2A1,
    )  # fmt: skip
    yield sysmon.loaded(time_us + 30_000, host, running, image=scene.pick(_LIBRARIES))
    yield sysmon.loaded(time_us + 31_000, host, running, image=scene.pick(_LIBRARIES))
    yield sysmon.set_registry(
        time_us + 400_000, host, running,
        key=f"HKU\\{person.sid}\\Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\RecentDocs\\MRUListEx",
        value="Binary Data",
    )  # fmt: skip
    yield sysmon.ended(time_us + (5 + scene.below(200)) * SECOND, host, running)


def browse(scene: Scene, time_us: int) -> Iterable[DemoRecord]:
    """A page is opened: DNS and the connection, as seen by the host and by the sensor."""
    seat = _desk(scene)
    if seat is None:
        return
    person, host = seat
    running = process(scene, person, "chrome", time_us)
    name, answer = scene.pick(_SITES)
    sensor, port = scene.sensor, 49152 + scene.below(16000)
    yield sysmon.asked_dns(time_us, host, running, name=name, answer=answer)
    yield network.dns(time_us + 2000, sensor, src=host.ip, server="10.20.1.10", name=name, answer=answer)
    yield sysmon.connected(time_us + 9000, host, running, to=answer, port=443, name=name)
    yield network.tls(time_us + 24_000, sensor, src=host.ip, dst=answer, name=name)
    yield network.conn(
        time_us + 30_000 + scene.below(4 * SECOND), sensor, src=host.ip, dst=answer, sport=port, dport=443,
        service="ssl", sent=800 + scene.below(6000), received=2000 + scene.below(400_000),
    )  # fmt: skip


def fetch_update(scene: Scene, time_us: int) -> Iterable[DemoRecord]:
    """A program asks for updates over plain HTTP."""
    seat = _desk(scene)
    if seat:
        yield network.http(
            time_us, scene.sensor, src=seat[1].ip, dst="192.0.2.205", name="updates.example.net",
            uri=f"/pkg/{scene.below(9999):04d}.cab", status=200, size=40_000 + scene.below(900_000), agent=_AGENT,
        )  # fmt: skip


def save_file(scene: Scene, time_us: int) -> Iterable[DemoRecord]:
    """A document is saved locally."""
    seat = _desk(scene)
    if seat:
        person, host = seat
        running = process(scene, person, scene.pick(("excel", "word", "chrome")), time_us)
        path = f"C:\\Users\\{person.login}\\Documents\\note-{scene.below(400):03d}.docx"
        yield sysmon.created_file(time_us, host, running, path=path)


def use_share(scene: Scene, time_us: int) -> Iterable[DemoRecord]:
    """Files on the department share are read."""
    seat = _desk(scene)
    if seat is None:
        return
    person, host = seat
    files, logon_id = scene.company.host("fs01"), 0x50000 + scene.below(0xFFFFFF)
    yield windows.kerberos_ticket(time_us, scene.company.host("dc01"), person, ip=host.ip, service="FS01$")
    yield windows.logon(time_us + 4000, files, person, kind=3, ip=host.ip, logon_id=logon_id)
    for number in range(1 + scene.below(4)):
        yield windows.share(
            time_us + 9000 + number * 700_000, files, person, ip=host.ip, name="Data", path="\\??\\D:\\Data",
            logon_id=logon_id, file=f"{scene.pick(_FOLDERS)}\\file-{scene.below(2000):04d}.xlsx",
        )  # fmt: skip
    yield windows.logoff(time_us + 12 * SECOND, files, person, kind=3, logon_id=logon_id)


def read_mail(scene: Scene, time_us: int) -> Iterable[DemoRecord]:
    """Mail or a document in Microsoft 365."""
    person = scene.at_work()
    if person is None:
        return
    ip = address(scene, person)
    if scene.number() < 0.7:
        yield identity.m365(time_us, person, operation="MailItemsAccessed", workload="Exchange", record_type=50, ip=ip)
    else:
        item = f"https://example.sharepoint.com/sites/team/Shared/doc-{scene.below(500):03d}.docx"
        yield identity.m365(
            time_us, person, operation="FileAccessed", workload="SharePoint", record_type=6, ip=ip, item=item
        )


def single_sign_on(scene: Scene, time_us: int) -> Iterable[DemoRecord]:
    """An application is opened through Okta; seldom the password is wrong."""
    person = scene.at_work()
    if person is None:
        return
    ip = address(scene, person)
    if scene.number() < 0.04:
        yield identity.okta(time_us, person, action="user.session.start", ip=ip, ok=False, reason="INVALID_CREDENTIALS")
    else:
        yield identity.okta(time_us, person, action="user.authentication.sso", ip=ip)


def run_script(scene: Scene, time_us: int) -> Iterable[DemoRecord]:
    """A management script of the company's own runs on a workstation."""
    seat = _desk(scene)
    if seat:
        person, host = seat
        text = "Get-CimInstance Win32_OperatingSystem | Select-Object Caption, LastBootUpTime | Export-Csv $Report"
        yield windows.script_block(time_us, host, person, text=text, path="C:\\Scripts\\inventory.ps1")


def mistype(scene: Scene, time_us: int) -> Iterable[DemoRecord]:
    """A wrong password at the lock screen."""
    seat = _desk(scene)
    if seat:
        yield windows.logon_failed(
            time_us, seat[1], seat[0].login, kind=7, ip="127.0.0.1", workstation=seat[1].name.upper()
        )


def machine_task(scene: Scene, time_us: int) -> Iterable[DemoRecord]:
    """A Windows machine does its own chores: a service host starts a task."""
    host = scene.pick(scene.windows)
    image = scene.pick(("taskhostw", "sppsvc", "usocoreworker", "backgroundTaskHost", "MpCmdRun"))
    path = f"C:\\Windows\\System32\\{image}.exe"
    parent = "C:\\Windows\\System32\\svchost.exe"
    running = Process(
        path, path, "NT AUTHORITY\\SYSTEM", 4 * (500 + scene.below(5000)), parent,
        f"{parent} -k netsvcs -p -s Schedule", 1180, "System", born=time_us,
    )  # fmt: skip
    yield sysmon.started(time_us, host, running)
    yield windows.process_created(
        time_us + 800, host, system_account(host), image=path, command=path, parent=parent, pid=running.pid,
        logon_id=0x3E7,
    )  # fmt: skip
    yield sysmon.ended(time_us + (2 + scene.below(30)) * SECOND, host, running)


HABITS: tuple[Habit, ...] = (
    Habit(browse, 14, personal=True),
    Habit(open_application, 7, personal=True),
    Habit(use_share, 4, personal=True),
    Habit(read_mail, 8, personal=True),
    Habit(single_sign_on, 3, personal=True),
    Habit(save_file, 5, personal=True),
    Habit(fetch_update, 2, personal=True),
    Habit(run_script, 1, personal=True),
    Habit(mistype, 0.03, personal=True),
    Habit(machine_task, 120, night=0.7),
)
