"""Who acts in the tests of this room."""

from __future__ import annotations

from ringfence.core.actor import Actor, Role

LEE = Actor("lee", "Lee", "default", frozenset({Role.L3}))
ANA = Actor("ana", "Ana", "default", frozenset({Role.L1}))
OTHER = Actor("sam", "Sam", "other", frozenset({Role.L3}))
