"""Who may come in and what was done: users, sessions, tokens, audit log."""

from ringfence.access.audit import (
    AuditEntry,
    AuditFilter,
    ChainCheck,
    audit_actions,
    count_entries,
    entries,
    first_broken,
    record,
    verify_chain,
)
from ringfence.access.model import SCOPES, OpenSession, Scope, SessionInfo, SignedIn, Token, User
from ringfence.access.sign_in import People
from ringfence.access.staff import Staff
from ringfence.access.tokens import Tokens

__all__ = [
    "SCOPES",
    "AuditEntry",
    "AuditFilter",
    "ChainCheck",
    "OpenSession",
    "People",
    "Scope",
    "SessionInfo",
    "SignedIn",
    "Staff",
    "Token",
    "Tokens",
    "User",
    "audit_actions",
    "count_entries",
    "entries",
    "first_broken",
    "record",
    "verify_chain",
]
