from __future__ import annotations

import pytest

from ringfence.access import AuditFilter, People, Staff, User, entries
from ringfence.core.actor import Actor, Permission, Role
from ringfence.core.clock import ManualClock
from ringfence.core.errors import ConflictError, DeniedError, NotFoundError, SignInError, UsageError
from ringfence.runtime.database import Database

ADMIN = Actor("a", "root", "default", frozenset({Role.ADMIN}))
STRANGER = Actor("o", "other", "other", frozenset({Role.ADMIN}))
ANALYST = Actor("l", "lea", "default", frozenset({Role.L2}))


async def boss(staff: Staff) -> None:
    await staff.add(ADMIN, "boss", {Role.ADMIN})


async def ana(staff: Staff, *roles: Role) -> tuple[User, str]:
    return await staff.add(ADMIN, "ana", roles or {Role.L1})


async def test_a_new_user_signs_in_with_the_made_password_and_must_change_it(staff: Staff, people: People) -> None:
    user, password = await ana(staff)
    assert (user.name, user.roles, user.must_change_password, user.language) == ("ana", {Role.L1}, True, "")
    signed = await people.sign_in("ana", password)
    session = await people.session_of(signed.token)
    assert session is not None
    assert session.must_change_password
    await people.change_password(session.actor, password, "a wholly new password")
    again = await people.session_of((await people.sign_in("ana", "a wholly new password")).token)
    assert again is not None
    assert not again.must_change_password


@pytest.mark.parametrize("roles", [set[Role](), {Role.ROBOT}, {Role.L1, Role.ROBOT}])
async def test_people_have_roles_of_people(staff: Staff, roles: set[Role]) -> None:
    with pytest.raises(UsageError):
        await staff.add(ADMIN, "ana", roles)
    user, _ = await ana(staff)
    with pytest.raises(UsageError):
        await staff.set_roles(ADMIN, user.id, roles)


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "a\nb", "a\x1b[31m"])
async def test_a_name_is_something_that_can_be_read(staff: Staff, name: str) -> None:
    with pytest.raises(UsageError):
        await staff.add(ADMIN, name, {Role.L1})


async def test_disabling_ends_every_session_and_enabling_lets_in_again(staff: Staff, people: People) -> None:
    await boss(staff)
    user, password = await ana(staff)
    signed = await people.sign_in("ana", password)
    assert (await staff.set_disabled(ADMIN, user.id, disabled=True)).disabled
    assert await people.session_of(signed.token) is None
    with pytest.raises(SignInError):
        await people.sign_in("ana", password)
    await staff.set_disabled(ADMIN, user.id, disabled=False)
    assert await people.session_of(signed.token) is None
    assert (await people.sign_in("ana", password)).actor.name == "ana"


async def test_nobody_locks_themselves_out(staff: Staff) -> None:
    await boss(staff)
    user, _ = await ana(staff, Role.ADMIN)
    herself = Actor(user.id, "ana", "default", frozenset({Role.ADMIN}))
    with pytest.raises(ConflictError):
        await staff.set_disabled(herself, user.id, disabled=True)
    with pytest.raises(ConflictError):
        await staff.set_roles(herself, user.id, {Role.L3})
    assert (await staff.set_roles(herself, user.id, {Role.L3, Role.ADMIN})).roles == {Role.L3, Role.ADMIN}


async def test_the_last_administrator_stays(staff: Staff) -> None:
    user, _ = await ana(staff, Role.ADMIN)
    with pytest.raises(ConflictError):
        await staff.set_disabled(ADMIN, user.id, disabled=True)
    with pytest.raises(ConflictError):
        await staff.set_roles(ADMIN, user.id, {Role.L3})
    assert await staff.find(ADMIN, "ana") == user
    await staff.add(ADMIN, "bo", {Role.ADMIN})
    assert (await staff.set_disabled(ADMIN, user.id, disabled=True)).disabled


async def test_roles_count_from_the_next_look_on(staff: Staff, people: People) -> None:
    await boss(staff)
    user, password = await ana(staff)
    token = (await people.sign_in("ana", password)).token
    await staff.set_roles(ADMIN, user.id, {Role.AUDITOR})
    actor = await people.actor_of(token)
    assert actor is not None
    assert actor.roles == {Role.AUDITOR}


async def test_a_renewed_password_replaces_the_old_one(staff: Staff, people: People) -> None:
    user, old = await ana(staff)
    signed = await people.sign_in("ana", old)
    new = await staff.renew_password(ADMIN, user.id)
    assert await people.session_of(signed.token) is None
    with pytest.raises(SignInError):
        await people.sign_in("ana", old)
    assert (await people.sign_in("ana", new)).must_change_password


async def test_unlocking_ends_the_wait_after_wrong_passwords(staff: Staff, people: People, clock: ManualClock) -> None:
    user, password = await ana(staff)
    for _ in range(5):
        with pytest.raises(SignInError):
            await people.sign_in("ana", "nope")
    assert (await staff.get(ADMIN, user.id)).locked_until > clock.now_us()
    await staff.unlock(ADMIN, user.id)
    assert (await people.sign_in("ana", password)).actor.name == "ana"


async def test_sessions_are_listed_and_one_is_ended(staff: Staff, people: People, clock: ManualClock) -> None:
    user, password = await ana(staff)
    first = await people.sign_in("ana", password, "192.0.2.1")
    clock.advance(60)
    second = await people.sign_in("ana", password, "192.0.2.2")
    listed = await staff.sessions(ADMIN, user.id)
    assert [(item.user, item.address) for item in listed] == [("ana", "192.0.2.2"), ("ana", "192.0.2.1")]
    assert all(first.token not in item.id for item in listed)
    await staff.end_session(ADMIN, listed[0].id)
    assert await people.session_of(second.token) is None
    assert await people.session_of(first.token) is not None
    with pytest.raises(NotFoundError):
        await staff.end_session(ADMIN, listed[0].id)


async def test_another_tenant_sees_and_changes_nobody(staff: Staff, people: People) -> None:
    user, password = await ana(staff)
    await people.sign_in("ana", password)
    [session] = await staff.sessions(ADMIN)
    assert await staff.sessions(STRANGER) == []
    for attempt in (
        staff.get(STRANGER, user.id),
        staff.set_roles(STRANGER, user.id, {Role.L3}),
        staff.set_disabled(STRANGER, user.id, disabled=True),
        staff.renew_password(STRANGER, user.id),
        staff.unlock(STRANGER, user.id),
        staff.end_session(STRANGER, session.id),
    ):
        with pytest.raises(NotFoundError):
            await attempt


async def test_everything_needs_the_permission(staff: Staff) -> None:
    user, _ = await ana(staff)
    for attempt in (
        staff.add(ANALYST, "eve", {Role.L1}),
        staff.get(ANALYST, user.id),
        staff.set_roles(ANALYST, user.id, {Role.L3}),
        staff.set_disabled(ANALYST, user.id, disabled=True),
        staff.renew_password(ANALYST, user.id),
        staff.unlock(ANALYST, user.id),
        staff.sessions(ANALYST),
        staff.end_session(ANALYST, "x"),
    ):
        with pytest.raises(DeniedError):
            await attempt


async def test_work_is_given_to_who_may_do_it(staff: Staff) -> None:
    await boss(staff)
    for name, role in (("ana", Role.L1), ("bo", Role.AUDITOR), ("cy", Role.L3), ("di", Role.L1)):
        user, _ = await staff.add(ADMIN, name, {role})
        if name == "di":
            await staff.set_disabled(ADMIN, user.id, disabled=True)
    await staff.add(STRANGER, "eve", {Role.L1})
    assert await staff.names(ANALYST) == ["ana", "cy"]
    with pytest.raises(DeniedError):
        await staff.names(Actor("v", "vera", "default", frozenset({Role.VULN_MANAGER})))
    assert await staff.names(ANALYST, Permission.WORK_INCIDENTS) == ["ana", "cy"]


async def test_changes_are_in_the_audit_log(staff: Staff, database: Database) -> None:
    await boss(staff)
    user, _ = await ana(staff)
    await staff.set_roles(ADMIN, user.id, {Role.L2})
    await staff.set_disabled(ADMIN, user.id, disabled=True)
    await staff.set_disabled(ADMIN, user.id, disabled=False)
    await staff.unlock(ADMIN, user.id)
    await staff.renew_password(ADMIN, user.id)
    async with database.reading() as session:
        seen = await entries(ADMIN, session, AuditFilter(who="ROOT", what="ana"))
    assert [(entry.action, entry.details) for entry in reversed(seen)] == [
        ("user.create", {"roles": "l1"}),
        ("user.roles", {"before": "l1", "after": "l2"}),
        ("user.disable", {}),
        ("user.enable", {}),
        ("user.unlock", {}),
        ("user.password", {}),
    ]


async def test_the_chosen_language_is_remembered(staff: Staff, people: People) -> None:
    user, _ = await ana(staff)
    herself = Actor(user.id, "ana", "default", frozenset({Role.L1}))
    assert await people.language_of(herself) == ""
    await people.set_language(herself, "zh_TW")
    assert await people.language_of(herself) == "zh_TW"
    with pytest.raises(UsageError):
        await people.set_language(herself, "x" * 17)
