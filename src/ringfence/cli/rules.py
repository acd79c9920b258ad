"""`ringfence rules`: look over, test, bring in, map and tune detection rules.

What a command does is imported when it runs: parsers and kernel take a second that other commands would wait for.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ringfence.cli.output import speaks_plainly
from ringfence.cli.rules_backtest import backtest
from ringfence.cli.rules_tune import tune

rules_app = typer.Typer(no_args_is_help=True, help="Detection rules: check, test, backtest, sync, coverage, tune.")

Paths = Annotated[list[Path], typer.Argument(help="Files and folders of rules.")]
Cases = Annotated[list[Path] | None, typer.Option(help="Folder of tests named like their rules; may be repeated.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]


@rules_app.command("check")
@speaks_plainly
def check(
    paths: Paths,
    cases: Cases = None,
    skip: Annotated[list[str] | None, typer.Option(help="Leave out findings of this kind; may be repeated.")] = None,
    json_: Json = False,
) -> None:
    """Look over rules: mistakes with their place, slips in names, missing level, technique, id or tests.

    Exit codes: 0 nothing found, 1 findings, 2 wrong usage.
    """
    from ringfence.cli.rules_check import check_rules

    check_rules(paths, cases=tuple(cases or ()), skip=skip or (), json_=json_)


@rules_app.command("test")
@speaks_plainly
def run_tests(
    paths: Paths,
    cases: Cases = None,
    json_: Json = False,
) -> None:
    """Run the tests of rules: events that must and must not match, and sequences for rules that count.

    Exit codes: 0 every test holds, 1 a test fails or a file of tests or a rule is broken, 2 wrong usage.
    """
    from ringfence.cli.rules_check import try_rules

    try_rules(paths, cases=tuple(cases or ()), json_=json_)


@rules_app.command("sync")
@speaks_plainly
def sync(
    source: Annotated[str, typer.Argument(help="Folder, zip file or git URL (https, ssh), in the layout of SigmaHQ.")],
    name: Annotated[str, typer.Option(help="Folder below `rules` in the data folder; default: from the source.")] = "",
    ref: Annotated[str, typer.Option(help="Branch or tag of a git repository.")] = "",
    folder: Annotated[
        list[str] | None, typer.Option(help="Folder in the source to take; default: rules. May be repeated.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Take over without asking.")] = False,
    signed_off_by: Annotated[str, typer.Option(help="Who answers for it; default: you.")] = "",
    diff: Annotated[bool, typer.Option("--diff", help="Show the text of every change.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    data: Annotated[Path | None, typer.Option(help="Data folder of the server.")] = None,
) -> None:
    """Show what rules from elsewhere would change, and take them over once somebody signs that off.

    The server loads them at its next start.
    """
    from ringfence.cli.rules_sync import sync_rules

    sync_rules(
        source, name=name, ref=ref, folders=tuple(folder or ()), yes=yes, signed_off_by=signed_off_by, diff=diff,
        json_=json_, data=data,
    )  # fmt: skip


@rules_app.command("coverage")
@speaks_plainly
def coverage(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files and folders of rules; default: our own.")] = None,
    layer: Annotated[Path | None, typer.Option(help="Write a layer for the ATT&CK Navigator here (JSON).")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a heat map here: one self-contained HTML page.")] = None,
    drill: Annotated[bool, typer.Option("--drill/--no-drill", help="Play the attack drills to prove rules.")] = True,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object per technique.")] = False,
) -> None:
    """Show which ATT&CK techniques the rules claim, and which of them fired in a drill that used the technique."""
    from ringfence.cli.rules_coverage import show_coverage

    show_coverage(paths or [], layer=layer, html=html, drill=drill, json_=json_)


rules_app.command("backtest")(backtest)
rules_app.command("tune")(tune)
