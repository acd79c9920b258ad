"""Where shipped data and the installation's own data are."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parents[1]


def shipped(name: str) -> Path:
    """Path of a shipped folder (`content`, `migrations`): inside an installed wheel, else in the source tree.

    Raises FileNotFoundError when the installation is incomplete.
    """
    for candidate in (_PACKAGE / "_data" / name, _PACKAGE.parents[1] / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"this installation has no {name!r} folder")


def default_data_dir() -> Path:
    """Data directory where none is configured (`/var/lib/ringfence` for root, else the user's data directory)."""
    if os.geteuid() == 0:
        return Path("/var/lib/ringfence")
    return Path(platformdirs.user_data_dir("ringfence"))


def cache_dir() -> Path:
    """Per-user cache directory, readable by its owner only; made when missing."""
    path = Path(os.environ.get("RINGFENCE_CACHE") or platformdirs.user_cache_dir("ringfence"))
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path
