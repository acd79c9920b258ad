"""How the interpreter behaves in a process that handles many records."""

from __future__ import annotations

import gc
import sys


def settle() -> None:
    """Call once rules and parsers are loaded: what lives now is left out of garbage collection for good.

    A batch of events is tens of thousands of young containers that all die by reference counting; the default
    thresholds walk them again and again (a quarter of the time of parsing, measured). Cycles are still collected,
    only more seldom. Threads change more often than by default, so that a busy one holds up nobody for long.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    sys.setswitchinterval(0.001)
