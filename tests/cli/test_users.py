"""`ringfence users` and `tokens` on a real state database, without a server."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ringfence.access import People, Tokens
from ringfence.cli.app import app
from ringfence.core.clock import SystemClock
from ringfence.core.errors import SignInError
from ringfence.runtime.database import Database


@pytest.fixture
def data(tmp_path: Path) -> Path:
    async def make() -> None:
        database = Database.sqlite(tmp_path / "state.db")
        await database.create_all()
        await database.close()

    asyncio.run(make())
    return tmp_path


def run(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--data", str(data)])


def sign_in(data: Path, name: str, password: str) -> str:
    async def work() -> str:
        database = Database.sqlite(data / "state.db")
        try:
            return (await People(database, SystemClock()).sign_in(name, password)).actor.name
        finally:
            await database.close()

    return asyncio.run(work())


def test_a_disabled_user_is_out_until_enabled(data: Path) -> None:
    run(data, "users", "add", "admin", "--role", "admin")
    added = run(data, "users", "add", "mia", "--role", "l2", "--role", "auditor")
    assert added.exit_code == 0
    found = re.fullmatch(r"password of mia: (\S+) \(to be changed at the first sign-in\)\n", added.stdout)
    assert found is not None
    assert sign_in(data, "mia", found[1]) == "mia"
    assert run(data, "users", "disable", "mia").stdout == "mia is disabled\n"
    with pytest.raises(SignInError):
        sign_in(data, "mia", found[1])
    assert re.search(r"^mia    auditor l2  disabled  20", run(data, "users", "list").stdout, re.M)
    assert run(data, "users", "enable", "mia").stdout == "mia may sign in\n"
    assert sign_in(data, "mia", found[1]) == "mia"
    _, user = [json.loads(line) for line in run(data, "users", "list", "--json").stdout.splitlines()]
    assert (user["name"], user["roles"], user["disabled"]) == ("mia", ["auditor", "l2"], False)


def test_users_of_other_tenants_need_their_tenant(data: Path) -> None:
    run(data, "users", "add", "boss", "--role", "admin", "--tenant", "north")
    run(data, "users", "add", "mia", "--role", "l2", "--tenant", "north")
    refused = run(data, "users", "disable", "mia")
    assert (refused.exit_code, refused.stderr) == (
        1, "ringfence: there is no user 'mia' in the tenant 'default'\n",
    )  # fmt: skip
    assert "mia" not in run(data, "users", "list").stdout
    assert run(data, "users", "disable", "mia", "--tenant", "north").exit_code == 0


def test_the_last_administrator_stays(data: Path) -> None:
    run(data, "users", "add", "boss", "--role", "admin")
    refused = run(data, "users", "disable", "boss")
    assert refused.exit_code == 1
    assert refused.stderr.count("\n") == 1
    assert re.search(r"^boss  admin  active", run(data, "users", "list").stdout, re.M)


def test_a_name_that_is_none_is_wrong_usage(data: Path) -> None:
    refused = run(data, "users", "add", "a b", "--role", "l1")
    assert refused.exit_code == 2
    assert refused.stderr.startswith("ringfence: 'a b' cannot be the name of a user")


def test_a_revoked_token_is_listed_and_refused(data: Path) -> None:
    secret = run(data, "tokens", "add", "web-01").stdout.strip()
    token_id = secret.split("_")[1]
    assert re.search(
        rf"^{token_id}  web-01  good   20.* never    events.ingest$", run(data, "tokens", "list").stdout, re.M
    )
    assert run(data, "tokens", "revoke", token_id).stdout == f"{token_id} is revoked\n"
    assert f"{token_id}  web-01  revoked  20" in run(data, "tokens", "list").stdout
    assert run(data, "tokens", "revoke", "nope").exit_code == 1

    async def use() -> None:
        database = Database.sqlite(data / "state.db")
        try:
            await Tokens(database, SystemClock()).actor_of(secret)
        finally:
            await database.close()

    with pytest.raises(SignInError, match="revoked"):
        asyncio.run(use())


def test_secrets_are_not_in_lists(data: Path) -> None:
    secret = run(data, "tokens", "add", "web-01").stdout.strip().split("_", 2)[2]
    for arguments in (("tokens", "list"), ("tokens", "list", "--json")):
        assert secret not in run(data, *arguments).stdout
