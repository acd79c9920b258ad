"""nginx access log, combined format, sent by nginx itself over syslog (RFC 3164)."""

from __future__ import annotations

from ringfence.drills import stamps
from ringfence.drills.model import DemoRecord, Host


def access(
    time_us: int,
    host: Host,
    *,
    ip: str,
    target: str,
    status: int,
    size: int,
    agent: str,
    method: str = "GET",
    referrer: str = "-",
    user: str = "-",
) -> DemoRecord:
    """Return one request; `target` is path and query as they stood in the request line."""
    raw = (
        f"<190>{stamps.rfc3164(time_us)} {host.name} nginx: {ip} - {user} [{stamps.apache(time_us)}] "
        f'"{method} {target} HTTP/1.1" {status} {size} "{referrer}" "{agent}"'
    )
    return DemoRecord(time_us, raw, host.name, "nginx")
