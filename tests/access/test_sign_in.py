from __future__ import annotations

import asyncio

import pytest

from ringfence.access import People
from ringfence.access.audit import entries, first_broken
from ringfence.core.actor import Actor, Role
from ringfence.core.clock import ManualClock
from ringfence.core.errors import ConflictError, DeniedError, SignInError, UsageError
from ringfence.runtime.database import Database

ADMIN = Actor("a", "root", "default", frozenset({Role.ADMIN}))


async def test_first_administrator_is_made_once(people: People) -> None:
    first = await people.ensure_first()
    assert first is not None
    assert first[0] == "admin"
    assert await people.ensure_first() is None
    signed = await people.sign_in(*first)
    assert signed.must_change_password
    actor = await people.actor_of(signed.token)
    assert actor == signed.actor
    assert actor.roles == {Role.ADMIN, Role.L3}


async def test_wrong_name_and_wrong_password_say_the_same(people: People) -> None:
    await people.create(ADMIN, "ana", "correct horse battery", {Role.L1})
    with pytest.raises(SignInError) as wrong_password:
        await people.sign_in("ana", "nope")
    with pytest.raises(SignInError) as wrong_name:
        await people.sign_in("bob", "nope")
    assert str(wrong_password.value) == str(wrong_name.value)


async def test_five_failures_lock_for_fifteen_minutes(people: People, clock: ManualClock) -> None:
    await people.create(ADMIN, "ana", "correct horse battery", {Role.L1})
    for _ in range(5):
        with pytest.raises(SignInError, match="wrong"):
            await people.sign_in("ana", "nope")
    with pytest.raises(SignInError, match="locked"):
        await people.sign_in("ana", "correct horse battery")
    clock.advance(15 * 60 + 1)
    assert (await people.sign_in("ana", "correct horse battery")).actor.name == "ana"


async def test_session_ends_by_idleness_sign_out_and_password_change(people: People, clock: ManualClock) -> None:
    await people.create(ADMIN, "ana", "correct horse battery", {Role.L1})
    idle = await people.sign_in("ana", "correct horse battery")
    clock.advance(2 * 3600 + 1)
    assert await people.actor_of(idle.token) is None
    out = await people.sign_in("ana", "correct horse battery")
    await people.sign_out(out.token)
    assert await people.actor_of(out.token) is None
    changed = await people.sign_in("ana", "correct horse battery")
    with pytest.raises(SignInError):
        await people.change_password(changed.actor, "nope", "a wholly new password")
    await people.change_password(changed.actor, "correct horse battery", "a wholly new password")
    assert await people.actor_of(changed.token) is None
    assert (await people.sign_in("ana", "a wholly new password")).actor.name == "ana"


async def test_use_keeps_a_session_alive_until_it_expires(people: People, clock: ManualClock) -> None:
    await people.create(ADMIN, "ana", "correct horse battery", {Role.L1})
    signed = await people.sign_in("ana", "correct horse battery")
    for _ in range(11):
        clock.advance(3600)
        assert await people.actor_of(signed.token) is not None
    clock.advance(3601)
    assert await people.actor_of(signed.token) is None


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaa", "my name is ana!", "x" * 300])
async def test_weak_passwords_are_refused(people: People, password: str) -> None:
    with pytest.raises(UsageError):
        await people.create(ADMIN, "ana", password, {Role.L1})


async def test_names_are_unique_and_need_the_permission(people: People) -> None:
    await people.create(ADMIN, "ana", "correct horse battery", {Role.L1})
    with pytest.raises(ConflictError):
        await people.create(ADMIN, "ana", "correct horse battery", {Role.L1})
    with pytest.raises(DeniedError):
        await people.create(Actor("x", "x", "default", frozenset({Role.L3})), "eve", "correct horse battery", set())


async def test_tenants_do_not_see_each_other(people: People) -> None:
    await people.create(ADMIN, "ana", "correct horse battery", {Role.L1})
    other = Actor("o", "other", "other", frozenset({Role.ADMIN}))
    assert await people.list(other) == []
    assert [user.name for user in await people.list(ADMIN)] == ["ana"]


async def test_many_writers_at_once_keep_the_audit_chain(people: People, database: Database) -> None:
    await asyncio.gather(*(people.create(ADMIN, f"user{n}", "correct horse battery", {Role.L1}) for n in range(8)))
    async with database.session() as session:
        assert await first_broken(session) is None
        auditor = Actor("u", "auditor", "default", frozenset({Role.AUDITOR}))
        assert {entry.object for entry in await entries(auditor, session)} == {f"user{n}" for n in range(8)}


async def test_a_changed_audit_row_is_found(people: People, database: Database) -> None:
    for n in range(4):
        await people.create(ADMIN, f"user{n}", "correct horse battery", {Role.L1})
    async with database.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE audit SET object='mallory' WHERE seq=3")
    async with database.session() as session:
        assert await first_broken(session) == 3


@pytest.mark.parametrize("name", ["x", "", "a b", "=cmd", "<b>", "a" * 65, "\u0430na", "ana;"])
async def test_a_name_that_could_be_mistaken_is_refused(people: People, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name of a user"):
        await people.create(ADMIN, name, "correct horse battery", {Role.L1})


@pytest.mark.parametrize("name", ["mia", "Mia.Li_2", "mia@example.com", "m-1", "a" * 64])
async def test_names_that_people_have_are_taken(people: People, name: str) -> None:
    assert (await people.create(ADMIN, f" {name} ", "correct horse battery", {Role.L1})).name == name
