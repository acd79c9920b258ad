"""`ringfence users` and `ringfence tokens`: access from the machine itself, also when nobody can sign in."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from ringfence.access import SCOPES, People, Scope, Staff, Tokens, User
from ringfence.cli.client import data_folder
from ringfence.cli.detail import moment
from ringfence.cli.output import out, print_json, speaks_plainly
from ringfence.cli.table import Column, print_table
from ringfence.core.actor import DEFAULT_TENANT, Actor, Role
from ringfence.core.clock import SystemClock
from ringfence.core.errors import NotFoundError, UsageError
from ringfence.runtime.database import Database
from ringfence.runtime.settings import read_settings

users_app = typer.Typer(no_args_is_help=True, help="People who may sign in.")
tokens_app = typer.Typer(no_args_is_help=True, help="Tokens of senders and programs.")

Data = Annotated[Path | None, typer.Option(help="Data folder of the server.")]
Tenant = Annotated[str, typer.Option(help="Tenant that the user or token belongs to.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]
_T = TypeVar("_T")


@users_app.command("reset-password")
@speaks_plainly
def reset_password(name: str, data: Data = None) -> None:
    """Give a user a new random password and close all the user's sessions."""
    password = _with(data, lambda database: People(database, SystemClock()).reset_password(name, by="command line"))
    out.print(f"new password of {name}: [bold]{password}[/] (to be changed at the next sign-in)")


@users_app.command("add")
@speaks_plainly
def add_user(
    name: Annotated[str, typer.Argument(help="2 to 64 letters (a-z), digits, dots, underscores, hyphens or @.")],
    role: Annotated[list[Role], typer.Option(help="May be repeated.")],
    tenant: Tenant = DEFAULT_TENANT,
    data: Data = None,
) -> None:
    """Add a user with a random password."""

    async def add(database: Database) -> str:
        people = People(database, SystemClock())
        await people.create(_admin(tenant), name, _random(), set(role))
        return await people.reset_password(name, by="command line")

    out.print(f"password of {name}: [bold]{_with(data, add)}[/] (to be changed at the first sign-in)")


@users_app.command("list")
@speaks_plainly
def list_users(json_: Json = False, tenant: Tenant = DEFAULT_TENANT, data: Data = None) -> None:
    """List the users of a tenant by name."""
    users = _with(data, lambda database: People(database, SystemClock()).list(_admin(tenant)))
    if json_:
        for user in users:
            print_json({**asdict(user), "roles": sorted(user.roles)})
        return
    now = SystemClock().now_us()
    rows = [
        (
            user.name, " ".join(sorted(user.roles)), _state(user, now), moment(user.created),
            moment(user.last_sign_in),
        )
        for user in users
    ]  # fmt: skip
    print_table(out, tuple(Column(name) for name in ("name", "roles", "state", "created", "last sign-in")), rows)


@users_app.command("disable")
@speaks_plainly
def disable_user(name: str, tenant: Tenant = DEFAULT_TENANT, data: Data = None) -> None:
    """Let a user in no more; open sessions end at once."""
    _set_disabled(data, tenant, name, disabled=True)
    out.print(f"{name} is disabled", markup=False)


@users_app.command("enable")
@speaks_plainly
def enable_user(name: str, tenant: Tenant = DEFAULT_TENANT, data: Data = None) -> None:
    """Let a disabled user in again."""
    _set_disabled(data, tenant, name, disabled=False)
    out.print(f"{name} may sign in", markup=False)


@tokens_app.command("add")
@speaks_plainly
def add_token(
    name: str,
    scope: Annotated[Scope, typer.Option(help="ingest: may send events; read: may read everything.")] = Scope.INGEST,
    tenant: Tenant = DEFAULT_TENANT,
    data: Data = None,
) -> None:
    """Make a token; its secret is printed this once."""
    permissions, role = SCOPES[scope]

    async def add(database: Database) -> str:
        _, secret = await Tokens(database, SystemClock()).create(_admin(tenant), name, permissions, roles=(role,))
        return secret

    typer.echo(_with(data, add))


@tokens_app.command("list")
@speaks_plainly
def list_tokens(json_: Json = False, tenant: Tenant = DEFAULT_TENANT, data: Data = None) -> None:
    """List the tokens of a tenant, newest first; their secrets are kept nowhere."""
    tokens = _with(data, lambda database: Tokens(database, SystemClock()).list(_admin(tenant)))
    if json_:
        for token in tokens:
            print_json({**asdict(token), "scopes": sorted(token.scopes)})
        return
    columns = (Column("id", whole=True), *(Column(name) for name in ("name", "state", "created", "expires", "may")))
    rows = [
        (
            one.id, one.name, "revoked" if one.revoked else "good", moment(one.created),
            moment(one.expires) or "never", " ".join(sorted(one.scopes)),
        )
        for one in tokens
    ]  # fmt: skip
    print_table(out, columns, rows)


@tokens_app.command("revoke")
@speaks_plainly
def revoke_token(
    token_id: Annotated[
        str, typer.Argument(help="Its id: `tokens list` names it; also what stands between rf_ and _.")
    ],
    tenant: Tenant = DEFAULT_TENANT,
    data: Data = None,
) -> None:
    """Make a token useless; a running server refuses it after 10 seconds at the latest."""
    _with(data, lambda database: Tokens(database, SystemClock()).revoke(_admin(tenant), token_id))
    out.print(f"{token_id} is revoked", markup=False)


def _set_disabled(data: Path | None, tenant: str, name: str, *, disabled: bool) -> None:
    async def work(database: Database) -> None:
        clock, admin = SystemClock(), _admin(tenant)
        user = next((one for one in await People(database, clock).list(admin) if one.name == name), None)
        if user is None:
            raise NotFoundError(f"there is no user {name!r} in the tenant {tenant!r}")
        await Staff(database, clock).set_disabled(admin, user.id, disabled=disabled)

    _with(data, work)


def _state(user: User, now: int) -> str:
    if user.disabled:
        return "disabled"
    return "locked" if user.locked_until > now else "active"


def _random() -> str:
    return secrets.token_urlsafe(18)


def _admin(tenant: str) -> Actor:
    return Actor("command line", "command line", tenant, frozenset({Role.ADMIN}))


def _with(data: Path | None, work: Callable[[Database], Awaitable[_T]]) -> _T:
    settings = read_settings(data=data_folder(data))
    if not (settings.data / "state.db").exists():
        raise UsageError(f"there is no Ringfence in {settings.data}", remedy="name its folder with --data")

    async def run() -> _T:
        database = Database(settings.database_url)
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())
