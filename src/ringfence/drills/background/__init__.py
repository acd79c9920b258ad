"""Ordinary life of the company: habits that recur by the hour, appointments at fixed times, false alarms too."""

from __future__ import annotations

from ringfence.drills.background import desk, internet, noise, servers
from ringfence.drills.background.scene import Appointment, Habit, Scene

HABITS: tuple[Habit, ...] = (*desk.HABITS, *servers.HABITS, *internet.HABITS)
"""Everything that recurs."""

FALSE_ALARMS: tuple[Appointment, ...] = noise.APPOINTMENTS
"""What looks like an attack and is none."""

__all__ = ["FALSE_ALARMS", "HABITS", "Appointment", "Habit", "Scene", "working_day"]


def working_day(scene: Scene) -> list[Appointment]:
    """Return the day's appointments: people signing in and out, and the false alarms."""
    return [*desk.attendance(scene), *FALSE_ALARMS]
