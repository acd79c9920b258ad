"""Bounds on what an input reads, and what it says when a file is broken."""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.core.errors import TooLargeError


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one top-level file may cost. Sizes in bytes.

    max_record: a longer record becomes a `Rejected` that keeps the first `keep` bytes.
    max_decompressed: of all layers of one top-level file together.
    max_ratio: of one compressed layer, checked once it has given `ratio_from` bytes.
    max_members: of all archives inside one top-level file together.
    max_nesting: layers of containers (a `tar.gz` has two).
    json_depth: nesting of objects and lists in one record.
    spool: an archive inside an archive is held in memory up to this size, then in a temporary file.
    """

    max_record: int = 1 << 20
    keep: int = 64 << 10
    max_decompressed: int = 16 << 30
    max_ratio: int = 300
    ratio_from: int = 32 << 20
    max_members: int = 10_000
    max_nesting: int = 4
    json_depth: int = 64
    spool: int = 8 << 20


DEFAULT = Limits()


@dataclass(frozen=True, slots=True)
class FileProblem:
    """A file or member that could not be read, or not to its end. `path` names the member too: `a.zip!b.json`."""

    path: str
    reason: str


class BudgetSpentError(TooLargeError):
    """The whole top-level file has used what it may use; no member of it is read any further."""


class Budget:
    """Counts what the layers of one top-level file cost; every layer adds to the same one."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._bytes = 0
        self._members = 0

    def add_bytes(self, count: int) -> None:
        """Count decompressed bytes; raise `BudgetSpentError` past the limit."""
        self._bytes += count
        if self._bytes > self._limits.max_decompressed:
            raise BudgetSpentError(f"expands to more than {size_text(self._limits.max_decompressed)}")

    def add_member(self) -> None:
        """Count a member of an archive; raise `BudgetSpentError` past the limit."""
        self._members += 1
        if self._members > self._limits.max_members:
            raise BudgetSpentError(f"holds more than {self._limits.max_members:,} members")


def size_text(size: int) -> str:
    """The size for people: `64 KiB`, `1.5 MiB`."""
    for unit, factor in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if size >= factor:
            return f"{size / factor:.1f}".removesuffix(".0") + f" {unit}"
    return f"{size} bytes"


def too_long(size: int, limits: Limits) -> str:
    """The reason given for an over-long record."""
    return (
        f"the record is {size_text(size)} long, more than {size_text(limits.max_record)}; "
        f"the first {size_text(min(size, limits.keep))} are kept"
    )
