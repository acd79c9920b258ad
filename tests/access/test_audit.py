from __future__ import annotations

import pytest

from ringfence.access import AuditFilter, ChainCheck, audit_actions, count_entries, entries, record, verify_chain
from ringfence.core.actor import Actor, Role
from ringfence.core.errors import DeniedError
from ringfence.runtime.database import Database

AUDITOR = Actor("u", "auditor", "default", frozenset({Role.AUDITOR}))
ANALYST = Actor("l", "lea", "default", frozenset({Role.L1}))
LINES = [
    ("default", "ana", "user.sign_in", ""),
    ("default", "root", "user.create", "ana"),
    ("other", "eve", "token.create", "sender"),
    ("default", "ana", "token.create", "100% sure"),
]


@pytest.fixture
async def log(database: Database) -> Database:
    async with database.session() as session:
        for number, (tenant, who, action, what) in enumerate(LINES):
            await record(session, now=number, tenant=tenant, actor=who, action=action, object_=what)
    return database


@pytest.mark.parametrize(
    ("wanted", "seqs"),
    [(AuditFilter(), [4, 2, 1]), (AuditFilter(who="AN"), [4, 1]), (AuditFilter(action="token.create"), [4]),
     (AuditFilter(what="0%"), [4]), (AuditFilter(who="an", what="nobody"), [])],
)  # fmt: skip
async def test_the_log_is_filtered(log: Database, wanted: AuditFilter, seqs: list[int]) -> None:
    async with log.reading() as session:
        assert [entry.seq for entry in await entries(AUDITOR, session, wanted)] == seqs
        assert await count_entries(AUDITOR, session, wanted) == len(seqs)


async def test_actions_of_other_tenants_are_not_offered(log: Database) -> None:
    async with log.reading() as session:
        assert await audit_actions(AUDITOR, session) == ["token.create", "user.create", "user.sign_in"]


async def test_the_whole_chain_is_walked_over_all_tenants(log: Database) -> None:
    async with log.reading() as session:
        assert await verify_chain(AUDITOR, session) == ChainCheck(4, None)
    async with log.engine.begin() as connection:
        await connection.exec_driver_sql("DELETE FROM audit WHERE seq=3")
    async with log.reading() as session:
        assert await verify_chain(AUDITOR, session) == ChainCheck(3, 4)


async def test_reading_needs_the_permission(log: Database) -> None:
    async with log.reading() as session:
        for attempt in (entries, count_entries, audit_actions, verify_chain):
            with pytest.raises(DeniedError):
                await attempt(ANALYST, session)
