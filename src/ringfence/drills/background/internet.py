"""The weather of the internet: port scans, bots on the web servers, lone SSH probes. None of it gets anywhere."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.drills.background.scene import Habit, Scene
from ringfence.drills.model import DemoRecord
from ringfence.drills.sources import linux, network, web
from ringfence.drills.stamps import SECOND

_PORTS = (22, 23, 80, 443, 445, 1433, 3389, 5060, 6379, 8080)
_BAIT = ("/wp-login.php", "/.env", "/xmlrpc.php", "/phpmyadmin/", "/.git/config", "/robots.txt")
_NAMES = ("admin", "test", "ubuntu", "pi", "user")


def scan_ports(scene: Scene, time_us: int) -> Iterable[DemoRecord]:
    """A few packets to closed ports."""
    src = scene.stranger()
    for number in range(1 + scene.below(3)):
        yield network.firewall(
            time_us + number * 300_000, scene.company.host("fw01"), verdict="FW-DROP", src=src,
            dst=f"203.0.113.{10 + scene.below(12)}", sport=30_000 + scene.below(30_000), dport=scene.pick(_PORTS),
            protocol="UDP" if scene.number() < 0.2 else "TCP",
        )  # fmt: skip


def let_in(scene: Scene, time_us: int) -> Iterable[DemoRecord]:
    """A visitor's connection that the firewall accepts."""
    yield network.firewall(
        time_us, scene.company.host("fw01"), verdict="FW-ACCEPT", src=scene.visitor(), dst="10.20.3.10",
        sport=30_000 + scene.below(30_000), dport=443,
    )  # fmt: skip


def crawl(scene: Scene, time_us: int) -> Iterable[DemoRecord]:
    """A bot asks for what is not there."""
    host = scene.company.host(scene.pick(("web01", "web02")))
    yield web.access(
        time_us, host, ip=scene.stranger(), target=scene.pick(_BAIT), status=404, size=162,
        agent=scene.pick(("Mozilla/5.0 (compatible; ExampleBot/1.0)", "python-requests/2.31.0", "Go-http-client/1.1")),
    )  # fmt: skip


def probe_ssh(scene: Scene, time_us: int) -> Iterable[DemoRecord]:
    """One or two guesses at the bastion, then nothing more."""
    host, ip = scene.company.host("bastion01"), scene.stranger()
    for number in range(1 + scene.below(2)):
        moment, pid, port = time_us + number * 4 * SECOND, 10_000 + scene.below(20_000), 30_000 + scene.below(30_000)
        user = scene.pick(_NAMES)
        yield linux.ssh_invalid(moment, host, user=user, ip=ip, port=port, pid=pid)
        yield linux.ssh_failed(moment + 1_900_000, host, user=user, ip=ip, port=port, pid=pid, known=False)


HABITS: tuple[Habit, ...] = (
    Habit(scan_ports, 90),
    Habit(let_in, 60, night=0.4),
    Habit(crawl, 12),
    Habit(probe_ssh, 2),
)
