from __future__ import annotations

import pytest

from ringfence.access import Tokens
from ringfence.core.actor import Actor, Permission, Role
from ringfence.core.clock import ManualClock
from ringfence.core.errors import DeniedError, NotFoundError, SignInError

ADMIN = Actor("a", "root", "default", frozenset({Role.ADMIN}))


async def test_a_token_may_do_what_its_scope_says_and_no_more(tokens: Tokens) -> None:
    _, secret = await tokens.create(ADMIN, "fluent bit", {Permission.INGEST})
    actor = await tokens.actor_of(secret)
    actor.require(Permission.INGEST)
    with pytest.raises(DeniedError):
        actor.require(Permission.READ_EVENTS)


async def test_bad_tokens_are_refused(tokens: Tokens) -> None:
    token, secret = await tokens.create(ADMIN, "fluent bit", {Permission.INGEST})
    for bad in ("", "rf_", secret[:-1], f"rf_{token.id}_", "x" * 1000, secret.replace(token.id, "0" * 16)):
        with pytest.raises(SignInError):
            await tokens.actor_of(bad)


async def test_expired_and_revoked_tokens_are_refused(tokens: Tokens, clock: ManualClock) -> None:
    _, short = await tokens.create(ADMIN, "short", {Permission.INGEST}, expires=clock.now_us() + 1_000_000)
    assert (await tokens.actor_of(short)).name == "short"
    clock.advance(11)
    with pytest.raises(SignInError):
        await tokens.actor_of(short)
    token, secret = await tokens.create(ADMIN, "gone", {Permission.INGEST})
    await tokens.actor_of(secret)
    await tokens.revoke(ADMIN, token.id)
    with pytest.raises(SignInError):
        await tokens.actor_of(secret)


async def test_another_tenant_cannot_see_or_revoke(tokens: Tokens) -> None:
    token, _ = await tokens.create(ADMIN, "ours", {Permission.INGEST})
    other = Actor("o", "other", "other", frozenset({Role.ADMIN}))
    assert await tokens.list(other) == []
    with pytest.raises(NotFoundError):
        await tokens.revoke(other, token.id)


async def test_making_one_needs_the_permission(tokens: Tokens) -> None:
    with pytest.raises(DeniedError):
        await tokens.create(Actor("l", "l1", "default", frozenset({Role.L1})), "x", {Permission.INGEST})
