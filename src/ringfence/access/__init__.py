"""Who may come in and what was done: users, sessions, tokens, audit log."""

from ringfence.access.audit import AuditEntry, entries, first_broken, record
from ringfence.access.model import SignedIn, Token, User
from ringfence.access.sign_in import People
from ringfence.access.tokens import Tokens

__all__ = ["AuditEntry", "People", "SignedIn", "Token", "Tokens", "User", "entries", "first_broken", "record"]
