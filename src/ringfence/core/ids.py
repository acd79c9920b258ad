"""Deterministic ids: the same input gives the same id on every machine."""

from __future__ import annotations

from hashlib import blake2b


def digest(*parts: str | bytes) -> str:
    """32 hex characters (blake2b-128) over the parts; parts are length-prefixed, so ("ab","c") != ("a","bc")."""
    hasher = blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        hasher.update(len(data).to_bytes(8, "big"))
        hasher.update(data)
    return hasher.hexdigest()
