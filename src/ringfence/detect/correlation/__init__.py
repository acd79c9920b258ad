"""Finds of correlation rules become alerts: one per rule, group and window."""

from ringfence.detect.correlation.apply import apply_pulses

__all__ = ["apply_pulses"]
