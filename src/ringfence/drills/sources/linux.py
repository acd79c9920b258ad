"""Linux: sshd, sudo, cron, PAM and useradd over syslog (RFC 5424), and auditd records with their node name."""

from __future__ import annotations

from ringfence.drills import stamps
from ringfence.drills.model import DemoRecord, Host

AUTH, CRON, DAEMON = 10, 9, 3
"""Syslog facilities: authpriv, cron, daemon."""
NO_LOGIN = 4294967295
"""Login uid and session of processes that descend from no login (-1 as auditd prints it)."""


def line(
    time_us: int, host: Host, program: str, pid: int, message: str, *, facility: int = AUTH, severity: int = 6
) -> DemoRecord:
    """Return an RFC 5424 line as rsyslog forwards it."""
    raw = f"<{facility * 8 + severity}>1 {stamps.iso_us(time_us)} {host.name} {program} {pid} - - {message}"
    return DemoRecord(time_us, raw, host.name, "syslog")


def ssh_failed(time_us: int, host: Host, *, user: str, ip: str, port: int, pid: int, known: bool) -> DemoRecord:
    """A wrong password, for an account that exists or not."""
    who = user if known else f"invalid user {user}"
    return line(time_us, host, "sshd", pid, f"Failed password for {who} from {ip} port {port} ssh2")


def ssh_invalid(time_us: int, host: Host, *, user: str, ip: str, port: int, pid: int) -> DemoRecord:
    """The line before the failure, for an account that does not exist."""
    return line(time_us, host, "sshd", pid, f"Invalid user {user} from {ip} port {port}")


def ssh_accepted(
    time_us: int, host: Host, *, user: str, ip: str, port: int, pid: int, method: str = "publickey"
) -> DemoRecord:
    """A login over SSH."""
    key = ": ED25519 SHA256:Wm5yc2Zpb25hbEV4YW1wbGVLZXlEaWdlc3Q" if method == "publickey" else ""
    return line(time_us, host, "sshd", pid, f"Accepted {method} for {user} from {ip} port {port} ssh2{key}")


def ssh_closed(time_us: int, host: Host, *, user: str, ip: str, port: int, pid: int) -> DemoRecord:
    """The client went away before it was authenticated."""
    return line(
        time_us, host, "sshd", pid, f"Connection closed by authenticating user {user} {ip} port {port} [preauth]"
    )


def session(time_us: int, host: Host, *, program: str, user: str, pid: int, opened: bool) -> DemoRecord:
    """PAM opened or closed a session."""
    what = f"opened for user {user}(uid=1002) by (uid=0)" if opened else f"closed for user {user}"
    return line(time_us, host, program, pid, f"pam_unix({program}:session): session {what}")


def sudo(time_us: int, host: Host, *, user: str, command: str, pid: int, directory: str = "") -> DemoRecord:
    """A command run as root."""
    text = f"  {user} : TTY=pts/0 ; PWD={directory or '/home/' + user} ; USER=root ; COMMAND={command}"
    return line(time_us, host, "sudo", pid, text, severity=5)


def cron(time_us: int, host: Host, *, user: str, command: str, pid: int) -> DemoRecord:
    """A job that cron started."""
    return line(time_us, host, "CRON", pid, f"({user}) CMD ({command})", facility=CRON)


def account_added(time_us: int, host: Host, *, login: str, uid: int, pid: int) -> DemoRecord:
    """What useradd logs."""
    text = f"new user: name={login}, UID={uid}, GID={uid}, home=/home/{login}, shell=/bin/bash, from=/dev/pts/0"
    return line(time_us, host, "useradd", pid, text)


def group_added(time_us: int, host: Host, *, login: str, group: str, pid: int) -> DemoRecord:
    """What usermod logs."""
    return line(time_us, host, "usermod", pid, f"add '{login}' to group '{group}'")


def audit_exec(
    time_us: int, host: Host, *, exe: str, argv: tuple[str, ...], pid: int, ppid: int, uid: int, auid: int, key: str
) -> list[DemoRecord]:
    """SYSCALL (execve), EXECVE and PROCTITLE of one started program, as auditd writes them."""
    stamp = _audit_stamp(time_us)
    name = exe.rsplit("/", 1)[-1]
    args = " ".join(f"a{n}={_audit_value(arg)}" for n, arg in enumerate(argv))
    title = "\0".join(argv).encode().hex().upper()
    session = NO_LOGIN if auid == NO_LOGIN else 42
    return [
        _audit(
            time_us,
            host,
            f"type=SYSCALL msg=audit({stamp}): arch=c000003e syscall=59 success=yes exit=0 a0=55d0c8b0 a1=55d0c8d0 "
            f"a2=55d0c8f0 a3=8 items=2 ppid={ppid} pid={pid} auid={auid} uid={uid} gid={uid} euid={uid} suid={uid} "
            f"fsuid={uid} egid={uid} sgid={uid} fsgid={uid} tty=(none) ses={session} "
            f'comm="{name[:15]}" exe="{exe}" subj=unconfined key="{key}"',
        ),
        _audit(time_us, host, f"type=EXECVE msg=audit({stamp}): argc={len(argv)} {args}"),
        _audit(time_us, host, f"type=PROCTITLE msg=audit({stamp}): proctitle={title}"),
    ]


def audit_write(
    time_us: int, host: Host, *, exe: str, path: str, pid: int, uid: int, auid: int, key: str
) -> list[DemoRecord]:
    """SYSCALL (openat for writing) and PATH of one watched file."""
    stamp = _audit_stamp(time_us)
    tty, session = ("(none)", NO_LOGIN) if auid == NO_LOGIN else ("pts0", 42)
    name = exe.rsplit("/", 1)[-1]
    return [
        _audit(
            time_us,
            host,
            f"type=SYSCALL msg=audit({stamp}): arch=c000003e syscall=257 success=yes exit=3 a0=ffffff9c a1=7ffd1c "
            f"a2=241 a3=1b6 items=2 ppid=1 pid={pid} auid={auid} uid={uid} gid={uid} euid={uid} suid={uid} "
            f'fsuid={uid} egid={uid} sgid={uid} fsgid={uid} tty={tty} ses={session} comm="{name[:15]}" exe="{exe}" '
            f'subj=unconfined key="{key}"',
        ),
        _audit(
            time_us,
            host,
            f'type=PATH msg=audit({stamp}): item=1 name="{path}" inode=1048612 dev=fd:00 mode=0100644 ouid=0 ogid=0 '
            f"rdev=00:00 nametype=CREATE cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0",
        ),
    ]


def _audit(time_us: int, host: Host, text: str) -> DemoRecord:
    return DemoRecord(time_us, f"node={host.name} {text}", host.name, "auditd")


def _audit_stamp(time_us: int) -> str:
    return f"{time_us // stamps.SECOND}.{time_us % stamps.SECOND // 1000:03d}:{time_us // 1000 % 1_000_000}"


def _audit_value(text: str) -> str:
    # auditd writes a value in hexadecimal when it holds a blank, a quote or a control character
    return text.encode().hex().upper() if any(c in text for c in ' "\t\n') else f'"{text}"'
