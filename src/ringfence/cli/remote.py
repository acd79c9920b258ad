"""`ringfence search`, `alerts`, `incidents`: the running server from the command line."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from ringfence.cli.client import Client
from ringfence.cli.detail import SHORT_ID, moment, print_detail
from ringfence.cli.output import err, out, print_json, speaks_plainly
from ringfence.cli.table import LEVEL_STYLES, Column, one_line, print_table
from ringfence.core.errors import UsageError
from ringfence.core.severity import Level, Severity

alerts_app = typer.Typer(no_args_is_help=True, help="Alerts of the running server.")
incidents_app = typer.Typer(no_args_is_help=True, help="Incidents of the running server.")

Data = Annotated[Path | None, typer.Option(help="Data folder of the server, to find its address and token.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]
Limit = Annotated[int, typer.Option(min=1, max=1_000, help="How many at the most.")]
Last = Annotated[str, typer.Option(help="How far back: 15m, 24h, 7d; all.")]

_ALERT_COLUMNS = (
    Column("id", whole=True),
    Column("level", styles=LEVEL_STYLES),
    Column("last"),
    Column("count", right=True),
    Column("rule"),
    Column("entity"),
    Column("incident", whole=True),
)
_INCIDENT_COLUMNS = (
    Column("id", whole=True),
    Column("level", styles=LEVEL_STYLES),
    Column("status"),
    Column("last"),
    Column("alerts", right=True),
    Column("title"),
)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


@speaks_plainly
def search(
    query: Annotated[
        str, typer.Argument(help='For example: user.name:root AND NOT source.ip:10.0.0.0/8 "Failed"')
    ] = "",
    last: Last = "24h",
    limit: Limit = 50,
    json_: Json = False,
    data: Data = None,
) -> None:
    """Find events; newest first. In a pipe every event is one whole line."""
    answer = Client(data).get("/events", q=query, start=since(last), limit=limit)
    if json_:
        for event in answer["events"]:
            print_json(event)
        return
    longest = 400 if out.is_terminal else None
    for event in answer["events"]:
        out.print(f"[dim]{event['@timestamp'][:23]}[/] {event['parser']:<14} ", end="")
        out.print(one_line(event["raw"][:longest]), markup=False)
    more = "" if answer["total_is_exact"] else "more than "
    err.print(f"{len(answer['events'])} of {more}{answer['total']:,} events in {answer['took_ms']:.0f} ms")


@alerts_app.command("list")
@speaks_plainly
def list_alerts(
    level: Annotated[list[Severity] | None, typer.Option(help="Only these levels.")] = None,
    text: Annotated[str, typer.Option(help="Words in title, entity or rule id.")] = "",
    limit: Limit = 50,
    json_: Json = False,
    data: Data = None,
) -> None:
    """List alerts, newest first."""
    answer = Client(data).get("/alerts", text=text, level=[one.value for one in level or ()], limit=limit)
    if json_:
        for alert in answer["alerts"]:
            print_json(alert)
        return
    rows = [
        (
            a["id"][:SHORT_ID],
            a["level"],
            moment(a["last"]),
            f"{a['count']:,}",
            a["title"],
            a["entity"],
            a["incident_id"] or "",
        )
        for a in answer["alerts"]
    ]
    print_table(out, _ALERT_COLUMNS, rows)
    err.print(f"{len(rows)} of {answer['total']:,} alerts")


@alerts_app.command("show")
@speaks_plainly
def show_alert(
    alert_id: Annotated[str, typer.Argument(help="Its id, or the first characters of it (four at least).")],
    json_: Json = False,
    data: Data = None,
) -> None:
    """Show one alert; the first characters of its id are enough."""
    _show(Client(data).get(f"/alerts/{alert_id}"), as_json=json_)


@incidents_app.command("list")
@speaks_plainly
def list_incidents(
    level: Annotated[list[Level] | None, typer.Option(help="Only these levels.")] = None,
    limit: Limit = 50,
    json_: Json = False,
    data: Data = None,
) -> None:
    """List incidents, newest first."""
    answer = Client(data).get("/incidents", level=[one.value for one in level or ()], limit=limit)
    if json_:
        for incident in answer["incidents"]:
            print_json(incident)
        return
    rows = [
        (i["id"], i["level"], i["status"], moment(i["last_event"]), str(i["alert_count"]), i["title"])
        for i in answer["incidents"]
    ]
    print_table(out, _INCIDENT_COLUMNS, rows)
    err.print(f"{len(rows)} of {answer['total']:,} incidents")


@incidents_app.command("show")
@speaks_plainly
def show_incident(incident_id: str, json_: Json = False, data: Data = None) -> None:
    """Show one incident with its alerts."""
    _show(Client(data).get(f"/incidents/{incident_id}"), as_json=json_)


def since(last: str) -> int | None:
    """Return the moment in microseconds UTC that `15m`, `24h`, `7d` before now is; None for `all`."""
    if last == "all":
        return None
    match = re.fullmatch(r"(\d{1,6})([smhdw])", last)
    if match is None:
        raise UsageError(f"{last!r} is no span of time", remedy="write 15m, 24h, 7d or all")
    return int((time.time() - int(match[1]) * _UNITS[match[2]]) * 1_000_000)


def _show(value: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(value)
    else:
        print_detail(out, value)
