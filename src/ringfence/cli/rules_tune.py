"""`ringfence rules tune`: what analysts' verdicts suggest, from the running server."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from ringfence.cli.client import Client
from ringfence.cli.output import err, out, print_json, speaks_plainly
from ringfence.core.errors import UsageError

_DAY = 86_400_000_000


@speaks_plainly
def tune(
    rule: Annotated[str, typer.Argument(help="Id of a rule; default: every rule with false positives.")] = "",
    approve: Annotated[str, typer.Option(help="Id of a proposal to approve.")] = "",
    reject: Annotated[str, typer.Option(help="Id of a proposal to reject.")] = "",
    reason: Annotated[str, typer.Option(help="Why; needed to approve.")] = "",
    days: Annotated[int, typer.Option(min=1, max=366, help="Days after which an approved exclusion ends.")] = 90,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
    data: Annotated[Path | None, typer.Option(help="Data folder of the server.")] = None,
) -> None:
    """Propose the smallest exclusion or threshold that removes false positives, with its test on the past."""
    if approve and reject:
        raise UsageError("a proposal is approved or rejected, not both")
    client = Client(data)
    if approve or reject:
        if approve and not reason:
            raise UsageError("approving needs a reason", remedy="add --reason TEXT")
        body: dict[str, Any] = {"reason": reason}
        if approve:
            body["expires"] = time.time_ns() // 1000 + days * _DAY
        done = client.post(f"/rule-proposals/{approve or reject}/{'approve' if approve else 'reject'}", body)
        print_json(done) if json_ else err.print(f"{done['state']}: {done['id']}")
        return
    proposals = client.post("/rule-proposals", {"rule_id": rule or None})["proposals"]
    for proposal in proposals:
        if json_:
            print_json(proposal)
        else:
            _say(proposal)
    err.print(f"{len(proposals)} proposals")


def _say(proposal: dict[str, Any]) -> None:
    test = proposal["backtest"]
    out.print(f"[bold]{proposal['id']}[/] {escape(proposal['title'])} [dim]{proposal['rule_id']}[/]", soft_wrap=True)
    if proposal["kind"] == "threshold":
        out.print(f"  limit {proposal['threshold']:g}")
    for name, value in proposal["items"]:
        out.print(f"  {escape(name)} = {escape(value)}", soft_wrap=True)
    out.print(f"  false positives removed: {test['false_removed']} of {test['false_total']}")
    out.print(f"  true positives kept:     {test['true_kept']} of {test['true_total']}")
    out.print(
        f"  new blind spot:          {test['blind_events']} of {test['blind_total']} matches nobody judged, "
        f"{test['background']:.1%} of other events"
    )
    for example in test["blind_examples"]:
        out.print(f"    for example event {example}")
    if test["incomplete"]:
        out.print("  not every event of these alerts could be looked at", style="yellow")
