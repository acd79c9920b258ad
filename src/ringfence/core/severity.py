"""Rule levels (Sigma) and incident levels (P0-P3), each with its order."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """Level of a rule and of its alerts, as in the Sigma specification."""

    INFORMATIONAL = "informational"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 (informational) to 4 (critical)."""
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


class Level(StrEnum):
    """Incident level by GB/T 20986-2023, worst first."""

    P0 = "P0"
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
