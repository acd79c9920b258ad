"""PostgreSQL statement log over syslog: `log_line_prefix = 'user=%u,db=%d,app=%a,client=%h '`."""

from __future__ import annotations

from ringfence.drills import stamps
from ringfence.drills.model import DemoRecord, Host


def statement(
    time_us: int,
    host: Host,
    *,
    user: str,
    client: str,
    text: str,
    app: str,
    pid: int,
    milliseconds: float,
    database: str = "core",
) -> DemoRecord:
    """Return one statement with its duration."""
    return log(
        time_us,
        host,
        user=user,
        client=client,
        app=app,
        pid=pid,
        database=database,
        text=f"LOG:  duration: {milliseconds:.3f} ms  statement: {text}",
    )


def log(
    time_us: int, host: Host, *, user: str, client: str, app: str, pid: int, text: str, database: str = "core"
) -> DemoRecord:
    """Return one line of the server log; `text` starts with its severity (`LOG:  `, `FATAL:  `)."""
    raw = (
        f"<134>1 {stamps.iso_us(time_us)} {host.name} postgres {pid} - - [{pid % 900 + 1}-1] "
        f"user={user},db={database},app={app},client={client} {text}"
    )
    return DemoRecord(time_us, raw, host.name, "postgresql")
