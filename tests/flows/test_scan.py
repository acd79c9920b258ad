from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import pytest
import yaml

from ringfence.collect.normalise import Normaliser
from ringfence.core.severity import Severity
from ringfence.flows.scan import Scanner, Summary
from ringfence.flows.scan_all import FileDone, scan_all
from ringfence.flows.scan_correlate import Collector, Sighting
from ringfence.sigma import Matcher, load_rules

RULE = """
title: Whoami
id: 6f4b1f0e-5b7f-4d6c-9a55-0a6b1c2d3e4f
status: test
level: high
logsource: {product: windows, category: process_creation}
detection:
    selection: {Image|endswith: '\\whoami.exe'}
    condition: selection
tags: [attack.discovery, attack.t1033]
"""


def line(number: int, image: str = r"C:\Windows\System32\whoami.exe") -> str:
    return json.dumps(
        {"EventTime": f"2026-03-01 10:00:{number:02d}", "Hostname": f"pc{number % 3}", "EventID": 1, "Image": image,
         "Channel": "Microsoft-Windows-Sysmon/Operational", "SourceName": "Microsoft-Windows-Sysmon"}
    )  # fmt: skip


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "whoami.yml").write_text(RULE)
    return folder


def test_a_match_says_where_and_what(tmp_path: Path, rules: Path) -> None:
    log = tmp_path / "log.json"
    log.write_text("\n".join([line(1, "C:\\x\\other.exe"), line(2), "%% rubbish %%"]))
    scanner = Scanner(Matcher(load_rules([rules])), Normaliser())
    (match,) = scanner.scan(log)
    assert (match.rule_id, match.title, match.level, match.record, match.time, match.host) == (
        "6f4b1f0e-5b7f-4d6c-9a55-0a6b1c2d3e4f", "Whoami", "high", 2, "2026-03-01T10:00:02.000000Z", "pc2",
    )  # fmt: skip
    assert match.path == str(log)
    assert match.logsource == {
        "product": "windows", "category": ["process_creation"], "service": "sysmon",
    }  # fmt: skip
    assert match.fields["Image"] == r"C:\Windows\System32\whoami.exe"
    assert (scanner.summary.records, scanner.summary.events, scanner.summary.rejected) == (3, 2, 1)


def test_levels_below_the_wanted_one_are_left_out(tmp_path: Path, rules: Path) -> None:
    log = tmp_path / "log.json"
    log.write_text(line(1))
    assert list(Scanner(Matcher(load_rules([rules])), Normaliser(), min_level=Severity.CRITICAL).scan(log)) == []


def test_worker_processes_find_the_same_as_one_process(tmp_path: Path, rules: Path) -> None:
    files: dict[Path, int] = {}
    for name in ("a", "b", "c"):
        path = tmp_path / f"{name}.json"
        path.write_text("\n".join(line(n) for n in range(50)))
        files[path] = 1 << 30  # pretend that it is worth the workers
    ruleset = load_rules([rules])
    found: list[tuple[set[tuple[str, int]], Summary]] = []
    for workers in (1, 2):
        summary = Summary()
        items = list(
            scan_all(
                files,
                Matcher(ruleset),
                summary,
                rules=[rules],
                cache=None,
                min_level=Severity.INFORMATIONAL,
                workers=workers,
            )
        )
        assert {item.path for item in items if isinstance(item, FileDone)} == set(files)
        found.append(({(i.path, i.record) for i in items if not isinstance(i, FileDone)}, summary))
    assert found[0][0] == found[1][0]
    assert len(found[0][0]) == 150
    assert found[0][1] == found[1][1]
    assert found[0][1].rules["6f4b1f0e-5b7f-4d6c-9a55-0a6b1c2d3e4f"].hosts == {"pc0", "pc1", "pc2"}


@pytest.mark.shared
def test_every_regression_case_fires_its_own_rule(shared: Path) -> None:
    base = shared / "sigmahq"
    folders = [base / name for name in ("rules", "rules-emerging-threats", "rules-threat-hunting")]
    scanner = Scanner(Matcher(load_rules(folders)), Normaliser())
    wanted: dict[Path, set[str]] = defaultdict(set)
    for info in base.rglob("info.yml"):
        data = yaml.safe_load(info.read_text(encoding="utf-8"))
        for case in data.get("regression_tests_info") or ():
            if (sample := base / case["path"]).exists():
                wanted[sample] |= {rule["id"] for rule in data["rule_metadata"]}
    assert len(wanted) > 50
    missed = {sample: rules - {match.rule_id for match in scanner.scan(sample)} for sample, rules in wanted.items()}
    assert {sample: rules for sample, rules in missed.items() if rules} == {}


CORRELATED = """
title: Whoami Seen
name: whoami
id: 6f4b1f0e-5b7f-4d6c-9a55-0a6b1c2d3e50
logsource: {product: windows, category: process_creation}
detection: {selection: {Image|endswith: '\\whoami.exe'}, condition: selection}
---
title: Whoami Thrice
name: thrice
id: 6f4b1f0e-5b7f-4d6c-9a55-0a6b1c2d3e51
level: high
correlation: {type: event_count, rules: [whoami], group-by: [Hostname], timespan: 10s, condition: {gte: 3}}
---
title: Whoami Thrice On Two
id: 6f4b1f0e-5b7f-4d6c-9a55-0a6b1c2d3e52
level: critical
correlation:
  type: value_count
  rules: [thrice]
  generate: true
  group-by: [Image]
  timespan: 1m
  condition: {field: host.name, gte: 2}
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_correlations_are_evaluated_over_all_files(
    tmp_path: Path, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ringfence.flows.scan_all._SMALL", 0)
    (tmp_path / "rules.yml").write_text(CORRELATED)
    logs = [tmp_path / "a.json", tmp_path / "b.json"]
    logs[0].write_text("\n".join(line(number) for number in (1, 4, 30, 2)))
    logs[1].write_text("\n".join(line(number) for number in (7, 8, 5)))
    ruleset = load_rules([tmp_path / "rules.yml"])
    summary = Summary()
    items = scan_all(
        dict.fromkeys(logs, 100), Matcher(ruleset), summary, rules=[tmp_path / "rules.yml"], cache=None,
        min_level=Severity.INFORMATIONAL, workers=workers, ruleset=ruleset,
    )  # fmt: skip
    found = [item for item in items if not isinstance(item, FileDone)]
    assert [(m.title, Path(m.path).name, m.record, m.host, m.fields["count"]) for m in found] == [
        ("Whoami Thrice", "b.json", 1, "pc1", 3),
        ("Whoami Thrice", "b.json", 2, "pc2", 3),
        ("Whoami Thrice On Two", "b.json", 2, "pc2", 2),
    ]
    assert found[0].fields == {
        "Hostname": "pc1", "count": 3, "first": "2026-03-01T10:00:01.000000Z", "last": "2026-03-01T10:00:07.000000Z",
    }  # fmt: skip
    assert {line.title: line.count for line in summary.rules.values()} == {
        "Whoami Thrice": 2, "Whoami Thrice On Two": 1,
    }  # fmt: skip


def test_sightings_are_bounded_and_what_is_left_out_is_said(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(CORRELATED)
    ruleset = load_rules([tmp_path / "rules.yml"])
    collector = Collector(ruleset, limit=2)
    for number in range(5):
        collector.add(Sighting(0, 0, ("pc1",), "", number, "f", number, ""))
    assert (list(collector.findings(Severity.LOW)), collector.left_out) == ([], 3)
