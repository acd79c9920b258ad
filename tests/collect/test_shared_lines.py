"""Lines that other people wrote for their own rules: how many a specific parser takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ringfence.collect.normalise import FALLBACKS, Normaliser
from ringfence.collect.record import Record
from ringfence.ecs.event import Parsed

LINE = re.compile(r"log \d+ (?:pass|fail) ?= ?(.*)")


@pytest.mark.shared
def test_at_least_95_of_100_lines_are_taken_by_a_specific_parser(shared: Path) -> None:
    engine = Normaliser()
    total, specific, generic = 0, 0, list[str]()
    for path in sorted((shared / "wazuh-ruleset-tests").glob("*.ini")):
        if path.name.startswith("test_"):
            continue  # programs that do not exist
        for line in path.read_text("utf-8", "replace").splitlines():
            found = LINE.match(line)
            if found is None or found[1].strip().startswith("{"):
                continue
            total += 1
            outcome = engine.parse(Record(raw=found[1]))
            if isinstance(outcome, Parsed) and outcome.parser not in FALLBACKS:
                specific += 1
            else:
                generic.append(f"{path.name}: {found[1][:100]}")
    assert total > 200
    assert specific / total >= 0.95, generic
