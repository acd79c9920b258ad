"""`ringfence search`, `alerts`, `incidents`: the running server from the command line."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from ringfence.cli.client import Client
from ringfence.cli.output import err, out, print_json, speaks_plainly
from ringfence.core.clock import to_iso
from ringfence.core.errors import UsageError
from ringfence.core.severity import Level, Severity

alerts_app = typer.Typer(no_args_is_help=True, help="Alerts of the running server.")
incidents_app = typer.Typer(no_args_is_help=True, help="Incidents of the running server.")

Data = Annotated[Path | None, typer.Option(help="Data folder of the server, to find its address and token.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]
Limit = Annotated[int, typer.Option(min=1, max=1_000, help="How many at the most.")]
Last = Annotated[str, typer.Option(help="How far back: 15m, 24h, 7d; all.")]

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
    """Find events; newest first."""
    answer = Client(data).get("/events", q=query, start=_since(last), limit=limit)
    if json_:
        for event in answer["events"]:
            print_json(event)
        return
    for event in answer["events"]:
        out.print(f"[dim]{event['@timestamp'][:23]}[/] {event['parser']:<14} ", end="")
        out.print(event["raw"][:400].replace("\n", " "), markup=False)
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
        (a["id"][:12], a["level"], _when(a["last"]), f"{a['count']:,}", a["title"], a["entity"], a["incident_id"] or "")
        for a in answer["alerts"]
    ]
    _table(("id", "level", "last", "count", "rule", "entity", "incident"), rows)
    err.print(f"{len(rows)} of {answer['total']:,} alerts")


@alerts_app.command("show")
@speaks_plainly
def show_alert(alert_id: str, json_: Json = False, data: Data = None) -> None:
    """Show one alert."""
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
        (i["id"], i["level"], i["status"], _when(i["last_event"]), str(i["alert_count"]), i["title"])
        for i in answer["incidents"]
    ]
    _table(("id", "level", "status", "last", "alerts", "title"), rows)
    err.print(f"{len(rows)} of {answer['total']:,} incidents")


@incidents_app.command("show")
@speaks_plainly
def show_incident(incident_id: str, json_: Json = False, data: Data = None) -> None:
    """Show one incident with its alerts."""
    _show(Client(data).get(f"/incidents/{incident_id}"), as_json=json_)


def _since(last: str) -> int | None:
    if last == "all":
        return None
    match = re.fullmatch(r"(\d{1,6})([smhdw])", last)
    if match is None:
        raise UsageError(f"{last!r} is no span of time", remedy="write 15m, 24h, 7d or all")
    return int((time.time() - int(match[1]) * _UNITS[match[2]]) * 1_000_000)


def _when(us: int | None) -> str:
    return to_iso(us)[:19] if us is not None else ""


def _table(names: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    table = Table(box=None, pad_edge=False)
    for name in names:
        table.add_column(name, overflow="fold", justify="right" if name in {"count", "alerts"} else "left")
    for row in rows:
        table.add_row(*row)
    out.print(table, markup=False)


def _show(value: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(value)
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, item in value.items():
        if item in (None, "", [], {}):
            continue
        table.add_row(name, _text(name, item))
    out.print(table)


def _text(name: str, item: Any) -> str:
    if isinstance(item, int) and item > 10**15:
        return datetime.fromtimestamp(item / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    if isinstance(item, list):
        return "\n".join(_text(name, one) for one in item)
    if isinstance(item, dict):
        english = item.get("english")
        return str(english) if english else ", ".join(f"{k}: {_text(k, v)}" for k, v in item.items() if v)
    return str(item)
