"""`ringfence rules backtest`: what a rule would have found in the running server's events."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from ringfence.cli.client import Client
from ringfence.cli.output import err, out, print_json, speaks_plainly
from ringfence.cli.remote import since
from ringfence.core.errors import InputError, TooLargeError

_MAX_BYTES = 1 << 18
_BAR = 40


@speaks_plainly
def backtest(
    rule: Annotated[Path, typer.Argument(help="File with one Sigma rule.")],
    last: Annotated[str, typer.Option(help="How far back: 15m, 24h, 7d; all.")] = "7d",
    json_: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    data: Annotated[Path | None, typer.Option(help="Data folder of the server.")] = None,
) -> None:
    """Run a new or changed rule over stored events before it goes live: matches by day and entity, verdicts touched."""
    found = Client(data).post("/rules/backtest", {"rule": _text(rule), "start": since(last)})
    if json_:
        print_json(found)
        return
    out.print(f"[bold]{escape(found['title'])}[/] [dim]{found['rule_id']}[/]", soft_wrap=True)
    out.print(f"{found['hits']:,} matches in {found['events']:,} events, {found['took_ms']:,.0f} ms")
    _days(found["per_day"])
    for name in ("hosts", "users", "sources"):
        if values := found[name]:
            told = ", ".join(f"{escape(one['value'])} {one['count']:,}" for one in values[:10])
            out.print(f"{name:<8} {told}", soft_wrap=True)
    if found["samples"]:
        out.print(f"events   {' '.join(found['samples'][:5])}", soft_wrap=True)
    for alert in found["touched"]:
        out.print(f"verdict  {alert['verdict']}: {escape(alert['title'])}, {escape(alert['entity'])}", soft_wrap=True)
    if not found["touched"] and found["hits"]:
        err.print("No alert with a verdict speaks of these hosts, users or sources.")


def _days(days: list[dict[str, Any]]) -> None:
    most = max((day["count"] for day in days), default=1)
    for day in days:
        name = datetime.fromtimestamp(day["start"] / 1e6, UTC).strftime("%Y-%m-%d")
        out.print(f"{name} {'█' * max(1, round(day['count'] / most * _BAR))} {day['count']:,}", soft_wrap=True)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    if len(content) > _MAX_BYTES:
        raise TooLargeError(f"{path} is larger than {_MAX_BYTES} bytes")
    return content.decode("utf-8-sig", "replace")
