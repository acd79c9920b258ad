"""All commands in one table."""

from __future__ import annotations

from typing import Annotated

import typer

from ringfence import __version__
from ringfence.cli.assets import assets_app
from ringfence.cli.parse import parse
from ringfence.cli.remote import alerts_app, incidents_app, search
from ringfence.cli.rules import rules_app
from ringfence.cli.scan import scan
from ringfence.cli.send import send
from ringfence.cli.serve import up
from ringfence.cli.users import tokens_app, users_app

app = typer.Typer(
    name="ringfence", no_args_is_help=True, pretty_exceptions_enable=False, context_settings={"max_content_width": 100}
)
app.command()(up)
app.command()(scan)
app.command()(parse)
app.command()(send)
app.command()(search)
app.add_typer(alerts_app, name="alerts")
app.add_typer(incidents_app, name="incidents")
app.add_typer(rules_app, name="rules")
app.add_typer(assets_app, name="assets")
app.add_typer(users_app, name="users")
app.add_typer(tokens_app, name="tokens")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ringfence {__version__}")
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Ringfence: collect, detect, triage, respond, learn and measure in one product."""


def main() -> None:
    """Run the command line."""
    app()
