"""Servers and clouds at work: portal, database, cron, administration, Kubernetes, AWS."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.drills.background.scene import Habit, Scene
from ringfence.drills.model import DemoRecord
from ringfence.drills.sources import cloud, database, kubernetes, linux, web
from ringfence.drills.sources.cloud import Caller
from ringfence.drills.stamps import SECOND

BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605",
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
)
_PORTAL = ("/", "/login", "/account", "/orders?page=2", "/orders/4711", "/api/v1/cart", "/static/app.css", "/help")
_MARKETING = ("/", "/products", "/products/view.php?id=12", "/news", "/contact", "/img/logo.png", "/search?q=valve")
_QUERIES = (
    "SELECT id, status, total FROM orders WHERE customer_id = 4711 ORDER BY id DESC LIMIT 20",
    "SELECT name, city FROM customers WHERE id = 4711",
    "UPDATE carts SET updated_at = now() WHERE id = 881",
    "INSERT INTO page_views (path, at) VALUES ('/orders', now())",
    "SELECT price FROM products WHERE sku = 'V-100'",
)
_ANALYSES = (
    "SELECT region, sum(total) FROM orders GROUP BY region",
    "SELECT date_trunc('week', created_at), count(*) FROM orders GROUP BY 1 ORDER BY 1 LIMIT 52",
    "SELECT segment, avg(total) FROM orders JOIN customers USING (customer_id) GROUP BY segment",
)
_JOBS = (
    ("root", "/usr/lib/sysstat/debian-sa1 1 1"),
    ("root", "test -x /usr/sbin/anacron || run-parts --report /etc/cron.hourly"),
    ("www-data", "/usr/bin/php /srv/portal/cron.php"),
    ("root", "/usr/local/bin/rotate-logs --quiet"),
)
_CONTROLLERS = (
    ("system:kube-controller-manager", "update", "endpoints", "portal"),
    ("system:kube-scheduler", "get", "pods", "portal"),
    ("system:serviceaccount:monitoring:prometheus", "list", "pods", "monitoring"),
    ("system:serviceaccount:kube-system:coredns", "watch", "services", "kube-system"),
    ("system:node:k8s-node01", "patch", "nodes", "default"),
)
CI = Caller("ci-deployer", "ASIAEXAMPLECI0000001", "203.0.113.20", "aws-cli/2.17.0 Python/3.11.8 Linux/6.1", role=True)
BATCH = Caller("batch-reports", "ASIAEXAMPLEBATCH0001", "203.0.113.21", "Boto3/1.34.0 Python/3.11.8", role=True)


def portal_visit(scene: Scene, time_us: int) -> Iterable[DemoRecord]:
    """A customer opens some pages; each asks the database."""
    company, ip, agent = scene.company, scene.visitor(), scene.pick(BROWSERS)
    host, store = company.host("web01"), company.host("db01")
    for number in range(1 + scene.below(5)):
        moment = time_us + number * 1_700_000 + scene.below(900_000)
        target = scene.pick(_PORTAL)
        yield web.access(
            moment + 9000, host, ip=ip, target=target, status=200, size=400 + scene.below(30_000), agent=agent,
            method="POST" if target == "/login" else "GET", referrer="https://portal.example.com/",
        )  # fmt: skip
        yield database.statement(
            moment, store, user="portal", client=host.ip, text=scene.pick(_QUERIES), app="portal",
            pid=900 + scene.below(40), milliseconds=0.2 + scene.number() * 9,
        )  # fmt: skip


def marketing_visit(scene: Scene, time_us: int) -> Iterable[DemoRecord]:
    """Somebody reads the marketing site; old links give 404."""
    host, ip, agent = scene.company.host("web02"), scene.visitor(), scene.pick(BROWSERS)
    for number in range(1 + scene.below(4)):
        missing = scene.number() < 0.04
        target = "/old/catalogue.html" if missing else scene.pick(_MARKETING)
        yield web.access(
            time_us + number * 2 * SECOND, host, ip=ip, target=target,
            status=404 if missing else 200, size=300 + scene.below(50_000), agent=agent,
        )  # fmt: skip


def analyse(scene: Scene, time_us: int) -> Iterable[DemoRecord]:
    """Somebody of the data team runs a report query."""
    person = scene.at_work()
    if person and person.department == "Data":
        client = scene.company.host(person.workstation).ip
        yield database.statement(
            time_us, scene.company.host("db01"), user=person.login, client=client, text=scene.pick(_ANALYSES),
            app="DBeaver", pid=2000 + scene.below(900), milliseconds=300 + scene.number() * 4000,
        )  # fmt: skip


def run_cron(scene: Scene, time_us: int) -> Iterable[DemoRecord]:
    """A cron job with its PAM session and audit records."""
    host, pid = scene.pick(scene.linux), 10_000 + scene.below(20_000)
    user, command = scene.pick(_JOBS)
    yield linux.session(time_us, host, program="cron", user=user, pid=pid, opened=True)
    yield linux.cron(time_us + 400, host, user=user, command=command, pid=pid + 1)
    yield from linux.audit_exec(
        time_us + 1500, host, exe="/usr/bin/dash", argv=("/bin/sh", "-c", command), pid=pid + 2, ppid=pid + 1,
        uid=0 if user == "root" else 33, auid=0 if user == "root" else 33, key="exec",
    )  # fmt: skip
    yield linux.session(time_us + SECOND, host, program="cron", user=user, pid=pid, opened=False)


def administer(scene: Scene, time_us: int) -> Iterable[DemoRecord]:
    """An administrator comes in by key over the bastion, looks at a service and leaves."""
    person = scene.at_work()
    if person is None or person.department not in ("IT", "Engineering"):
        return
    host, pid, port = scene.company.host("bastion01"), 10_000 + scene.below(20_000), 40_000 + scene.below(20_000)
    user = person.login.split(".", 1)[0]
    yield linux.ssh_accepted(time_us, host, user=user, ip=scene.company.host(person.workstation).ip, port=port, pid=pid)
    yield linux.session(time_us + 8000, host, program="sshd", user=user, pid=pid, opened=True)
    command = scene.pick(("/usr/bin/systemctl status nginx", "/usr/bin/journalctl -u sshd", "/usr/bin/apt-get update"))
    yield linux.sudo(time_us + 20 * SECOND, host, user=user, command=command, pid=pid + 9)
    yield linux.session(time_us + 20 * SECOND + 900, host, program="sudo", user="root", pid=pid + 9, opened=True)
    yield linux.session(time_us + 23 * SECOND, host, program="sudo", user="root", pid=pid + 9, opened=False)
    yield linux.session(time_us + 90 * SECOND, host, program="sshd", user=user, pid=pid, opened=False)


def control_cluster(scene: Scene, time_us: int) -> Iterable[DemoRecord]:
    """The cluster's own controllers talk to its API."""
    user, verb, resource, namespace = scene.pick(_CONTROLLERS)
    yield kubernetes.audit(
        time_us, scene.company.host("k8s-prod"), user=user, verb=verb, resource=resource, namespace=namespace,
        name=f"{namespace}-{scene.below(20)}", ip="10.20.6.10",
    )  # fmt: skip


def develop_cluster(scene: Scene, time_us: int) -> Iterable[DemoRecord]:
    """A developer looks at pods with kubectl."""
    person = scene.at_work()
    if person and person.department == "Engineering":
        yield kubernetes.audit(
            time_us, scene.company.host("k8s-prod"), user=person.email, verb=scene.pick(("get", "list")),
            resource=scene.pick(("pods", "deployments", "services")), namespace="portal", name="portal-web",
            ip=scene.company.host(person.workstation).ip, agent="kubectl/v1.30.2 (windows/amd64)",
            groups=("developers", "system:authenticated"),
        )  # fmt: skip


def use_cloud(scene: Scene, time_us: int) -> Iterable[DemoRecord]:
    """Deployment and report jobs use AWS."""
    company, draw = scene.company, scene.number()
    if draw < 0.5:
        key = f"reports/2026/part-{scene.below(5000):05d}.parquet"
        yield cloud.trail(
            time_us, company, BATCH, service="s3", action="PutObject" if draw < 0.2 else "GetObject",
            request={"bucketName": "example-reports", "key": key}, read_only=draw >= 0.2,
        )  # fmt: skip
    elif draw < 0.8:
        yield cloud.trail(time_us, company, CI, service="ec2", action="DescribeInstances", request={"maxResults": 100})
    else:
        yield cloud.trail(
            time_us, company, CI, service="ecr", action="BatchGetImage", request={"repositoryName": "portal"}
        )


HABITS: tuple[Habit, ...] = (
    Habit(portal_visit, 240, night=0.25),
    Habit(marketing_visit, 90, night=0.4),
    Habit(analyse, 60),
    Habit(run_cron, 45),
    Habit(administer, 20),
    Habit(control_cluster, 360),
    Habit(develop_cluster, 50),
    Habit(use_cloud, 240, night=0.6),
)
