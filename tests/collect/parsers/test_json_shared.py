"""Other people's structured logs: nearly all records are taken by a specific parser, with time, source and entities."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from pathlib import Path

import pytest

from ringfence.collect.inputs.files import FileProblem, read_path, walk
from ringfence.collect.normalise import FALLBACKS, Normaliser
from ringfence.collect.record import Record
from ringfence.ecs.event import Parsed
from ringfence.ecs.fields import ENTITY_FIELDS

OF_EACH_FILE = 150
TIMELESS = {"loaded_scripts"}
"""Zeek logs that hold no time at all."""
WITHOUT_ENTITY = {"loaded_scripts", "ocsp", "pe", "packet_filter", "x509", "weird"}
"""Zeek logs whose rows may name neither host nor user, address or file."""


@pytest.mark.shared
@pytest.mark.parametrize("folder", ["evtx-attack-samples", "otrf-security-datasets", "zeek-samples"])
def test_structured_logs_are_understood(shared: Path, folder: str) -> None:
    normaliser = Normaliser()
    counts: Counter[str] = Counter()
    problems: Counter[str] = Counter()
    for path in walk([shared / folder]):
        if path.name.startswith(("LICENSE", "README")):
            continue
        for item in islice(read_path(path), OF_EACH_FILE):
            if isinstance(item, FileProblem):
                problems[item.reason.partition(";")[0]] += 1
                continue
            counts["records"] += 1
            parsed = normaliser.parse(item) if isinstance(item, Record) else item
            if not isinstance(parsed, Parsed):
                counts["rejected"] += 1
                continue
            service = parsed.logsource.service
            counts["specific"] += parsed.parser not in FALLBACKS
            counts["timed"] += parsed.time is not None or service in TIMELESS
            counts["sourced"] += bool(parsed.logsource.product)
            counts["entity"] += any(name in parsed.ecs for name in ENTITY_FIELDS) or service in WITHOUT_ENTITY
    total = counts["records"]
    assert total > 1000
    assert {name: count / total >= 0.98 for name, count in counts.items() if name not in ("records", "rejected")} == {
        "specific": True,
        "timed": True,
        "sourced": True,
        "entity": True,
    }, counts
    assert set(problems) <= {"packet capture, not a log", "encrypted"}
