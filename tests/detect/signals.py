"""Builders for the tests of this room."""

from __future__ import annotations

from typing import Any

from ringfence.core.severity import Severity
from ringfence.detect import RuleInfo
from ringfence.events.model import Signal

MINUTE = 60 * 1_000_000
HOUR = 60 * MINUTE
NOON = 1_772_366_400_000_000  # 2026-03-01T12:00:00Z, a full hour

SSH = RuleInfo(
    "ssh", "SSH login with wrong password", Severity.LOW, ("credential-access",), ("T1110.001",), "linux", "", "sshd"
)
PS = RuleInfo("ps", "Encoded PowerShell", Severity.HIGH, ("execution",), ("T1059.001",), "windows", "process_creation")
RULES = {rule.id: rule for rule in (SSH, PS)}


def signal(seq: int, time: int, *rules: str, tenant: str = "default", **ecs: Any) -> Signal:
    """A signal with ECS names written with underscores for dots."""
    fields = {name.replace("_", "."): value for name, value in ecs.items()}
    return Signal(seq, f"e{seq}-{time}", tenant, time, rules, fields)
