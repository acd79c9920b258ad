"""Drills: a demo company whose telemetry, ordinary and hostile, goes through the real inputs and parsers.

`day()` writes a whole day at any speed, `stream()` plays live; every attack comes with its `GroundTruth`.
"""

from __future__ import annotations

from ringfence.drills.company import company, export_assets
from ringfence.drills.day import day
from ringfence.drills.live import LiveDemo, LivePlan, stream
from ringfence.drills.model import Company, DemoRecord, Exposure, GroundTruth, Host, Importance, Person, Step
from ringfence.drills.scenarios import ALL, SCENARIOS, Performance, Scenario, scenario

__all__ = [
    "ALL",
    "Company",
    "DemoRecord",
    "Exposure",
    "GroundTruth",
    "Host",
    "Importance",
    "LiveDemo",
    "LivePlan",
    "Performance",
    "Person",
    "Scenario",
    "Step",
    "company",
    "day",
    "export_assets",
    "scenario",
    "scenarios",
    "stream",
]


def scenarios() -> list[Scenario]:
    """Return all scenarios, in the order of their hour in the day."""
    return list(SCENARIOS)
