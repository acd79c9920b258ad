"""`ringfence assets`: the inventory of the running server."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ringfence.assets import AssetKind, Importance
from ringfence.cli.client import Client
from ringfence.cli.detail import moment
from ringfence.cli.output import BAD_INPUT, err, out, print_json, speaks_plainly
from ringfence.cli.remote import Data, Json, Limit
from ringfence.cli.table import Column, print_table
from ringfence.core.errors import TooLargeError, UsageError

assets_app = typer.Typer(no_args_is_help=True, help="Assets of the running server.")

MAX_BYTES = 16 * 1024 * 1024
_COLUMNS = (
    Column("name", whole=True),
    Column("importance", styles={"special": "bold red", "important": "yellow"}),
    Column("kind"),
    Column("addresses"),
    Column("system"),
    Column("department"),
    Column("owner"),
    Column("exposure"),
    Column("last seen"),
)


@assets_app.command("import")
@speaks_plainly
def import_assets(
    file: Annotated[str, typer.Argument(help="CSV file, UTF-8 with a header line; - for standard input.")],
    json_: Annotated[bool, typer.Option("--json", help="Print the report as one JSON object.")] = False,
    data: Data = None,
) -> None:
    """Add and change assets from a CSV inventory; wrong lines are named and the others taken.

    Exit codes: 0 all lines taken, 2 wrong usage, 3 lines were not taken.
    """
    report = Client(data).upload("/assets/import", _read(file), "text/csv")
    if json_:
        print_json(report)
    else:
        out.print(f"{report['added']:,} added, {report['updated']:,} updated")
        for item in report["rejected"]:
            err.print(f"line {item['line']}: {item['reason']}", style="yellow", markup=False)
    if report["rejected"]:
        raise typer.Exit(BAD_INPUT)


@assets_app.command("list")
@speaks_plainly
def list_assets(
    text: Annotated[str, typer.Option(help="Words in name, address, system or owner.")] = "",
    importance: Annotated[list[Importance] | None, typer.Option(help="Only these importances.")] = None,
    kind: Annotated[list[AssetKind] | None, typer.Option(help="Only these kinds.")] = None,
    limit: Limit = 100,
    json_: Json = False,
    data: Data = None,
) -> None:
    """List assets, the most important first."""
    answer = Client(data).get(
        "/assets",
        text=text,
        importance=[one.value for one in importance or ()],
        kind=[one.value for one in kind or ()],
        limit=limit,
    )
    if json_:
        for asset in answer["assets"]:
            print_json(asset)
        return
    rows = [
        (
            a["name"], a["importance"], a["kind"], " ".join(a["addresses"]), a["business_system"], a["department"],
            a["owner"], a["exposure"], moment(a["last_seen"]),
        )
        for a in answer["assets"]
    ]  # fmt: skip
    print_table(out, _COLUMNS, rows)
    err.print(f"{len(rows)} of {answer['total']:,} assets")


def _read(file: str) -> bytes:
    if file == "-":
        data = sys.stdin.buffer.read(MAX_BYTES + 1)
    else:
        try:
            with Path(file).open("rb") as stream:
                data = stream.read(MAX_BYTES + 1)
        except OSError as error:
            raise UsageError(f"cannot read {file}: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise TooLargeError(f"the inventory is larger than {MAX_BYTES >> 20} MiB")
    return data
