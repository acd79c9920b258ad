"""Imports every feature that has tables in the state database, so that migrations and tests see all of them."""

from __future__ import annotations

from ringfence import access, assets, detect, incidents
from ringfence.detect import rules

__all__ = ["access", "assets", "detect", "incidents", "rules"]
