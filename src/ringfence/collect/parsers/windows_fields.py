"""Windows' own field names to ECS: tables of `data/windows_fields.yaml`, compiled once per kind of event."""

from __future__ import annotations

from functools import lru_cache

import yaml

from ringfence.collect.parsers.field_table import Step, compile_table
from ringfence.collect.windows_logsource import DATA


@lru_cache(maxsize=512)
def steps(maps: tuple[str, ...]) -> tuple[Step, ...]:
    """Return the steps of the named tables, in order."""
    return tuple(step for table in maps for step in _STEPS[table])


_STEPS: dict[str, tuple[Step, ...]] = {
    name: compile_table(table)
    for name, table in yaml.load(
        (DATA / "windows_fields.yaml").read_text(encoding="utf-8"),
        getattr(yaml, "CSafeLoader", yaml.SafeLoader),  # noqa: S506
    ).items()
}
