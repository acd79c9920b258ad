"""Imports every feature that has tables in the state database, so that migrations and tests see all of them."""

from __future__ import annotations

import ringfence.access
import ringfence.assets
import ringfence.detect
import ringfence.detect.rules
import ringfence.incidents

__all__ = ["ringfence"]
