"""One measurement in a process of its own, so that peak memory is that of the measurement alone."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from typing import Any

from rich.console import Console
from rich.table import Table


def apart(module: str, *arguments: str) -> dict[str, Any]:
    """Run `python -m module arguments` and return the JSON object on the last line that it printed."""
    done = subprocess.run([sys.executable, "-m", module, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{module} {' '.join(arguments)} failed:\n{done.stderr[-3000:]}")
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def peak_mb() -> float:
    """Peak memory of this process and of the largest of its finished children, in MB."""
    kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    kib += resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return kib / 1024


def console() -> Console:
    """A console as wide as the tables need where there is no terminal."""
    return Console() if sys.stdout.isatty() else Console(width=140)


def table(title: str, *columns: str) -> Table:
    """A table whose first column is text and whose others are numbers."""
    made = Table(title=title)
    for number, column in enumerate(columns):
        made.add_column(column, justify="right" if number else "left")
    return made
