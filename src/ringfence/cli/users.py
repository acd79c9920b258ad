"""`ringfence users` and `ringfence tokens`: access from the machine itself, also when nobody can sign in."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from ringfence.access import People, Tokens
from ringfence.cli.client import data_folder
from ringfence.cli.output import out, speaks_plainly
from ringfence.core.actor import DEFAULT_TENANT, Actor, Permission, Role
from ringfence.core.clock import SystemClock
from ringfence.core.errors import UsageError
from ringfence.runtime.database import Database
from ringfence.runtime.settings import Settings

users_app = typer.Typer(no_args_is_help=True, help="People who may sign in.")
tokens_app = typer.Typer(no_args_is_help=True, help="Tokens of senders and programs.")

Data = Annotated[Path | None, typer.Option(help="Data folder of the server.")]
_T = TypeVar("_T")
_SCOPES = {"ingest": {Permission.INGEST}, "read": {p for p in Permission if p.value.endswith(".read")}}


@users_app.command("reset-password")
@speaks_plainly
def reset_password(name: str, data: Data = None) -> None:
    """Give a user a new random password and close all the user's sessions."""
    password = _with(data, lambda database: People(database, SystemClock()).reset_password(name, by="command line"))
    out.print(f"new password of {name}: [bold]{password}[/] (to be changed at the next sign-in)")


@users_app.command("add")
@speaks_plainly
def add_user(
    name: str,
    role: Annotated[list[Role], typer.Option(help="May be repeated.")],
    tenant: Annotated[str, typer.Option(help="Tenant that the user belongs to.")] = DEFAULT_TENANT,
    data: Data = None,
) -> None:
    """Add a user with a random password."""

    async def add(database: Database) -> str:
        people = People(database, SystemClock())
        await people.create(_admin(tenant), name, _random(), set(role))
        return await people.reset_password(name, by="command line")

    out.print(f"password of {name}: [bold]{_with(data, add)}[/] (to be changed at the first sign-in)")


@tokens_app.command("add")
@speaks_plainly
def add_token(
    name: str,
    scope: Annotated[str, typer.Option(help="ingest: may send events; read: may read everything.")] = "ingest",
    tenant: Annotated[str, typer.Option(help="Tenant that the events belong to.")] = DEFAULT_TENANT,
    data: Data = None,
) -> None:
    """Make a token; its secret is printed this once."""
    if scope not in _SCOPES:
        raise UsageError(f"there is no scope {scope!r}", remedy="ingest or read")
    role = Role.ROBOT if scope == "ingest" else Role.AUDITOR

    async def add(database: Database) -> str:
        _, secret = await Tokens(database, SystemClock()).create(_admin(tenant), name, _SCOPES[scope], roles=(role,))
        return secret

    typer.echo(_with(data, add))


def _random() -> str:
    return secrets.token_urlsafe(18)


def _admin(tenant: str) -> Actor:
    return Actor("command line", "command line", tenant, frozenset({Role.ADMIN}))


def _with(data: Path | None, work: Callable[[Database], Awaitable[_T]]) -> _T:
    settings = Settings(data=data_folder(data))
    if not (settings.data / "state.db").exists():
        raise UsageError(f"there is no Ringfence in {settings.data}", remedy="name its folder with --data")

    async def run() -> _T:
        database = Database(settings.database_url)
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())
