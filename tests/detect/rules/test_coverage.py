from __future__ import annotations

from pathlib import Path

from ringfence.detect.rules.coverage import Cell, Step, by_tactic, coverage, navigator_layer
from ringfence.sigma import load_rules

RULE = """title: Rule {n}
id: 5a000000-0000-4000-8000-00000000000{n}
tags: [{tags}]
logsource: {{product: windows}}
detection:
  selection: {{F: x}}
  condition: selection
---
"""
IDS = [f"5a000000-0000-4000-8000-00000000000{n}" for n in range(4)]


def test_proven_is_what_a_rule_that_claims_it_saw_in_that_very_step(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(
        RULE.format(n=1, tags="attack.credential-access, attack.t1110")
        + RULE.format(n=2, tags="attack.credential-access, attack.initial-access, attack.t1110, attack.t1059.001")
        + RULE.format(n=3, tags="attack.execution, attack.t1059.001")
    )
    steps = [
        Step("T1110.003", "Spraying", frozenset({IDS[1]})),  # a part proves the whole
        Step("T1059", "Shell", frozenset({IDS[3]})),  # the whole does not prove a part
        Step("T1059.001", "Script", frozenset({IDS[1]})),  # fired, but claims something else
    ]
    cells = coverage(load_rules([tmp_path]), steps)
    assert cells == [
        Cell(
            "T1059.001", ("initial-access", "execution", "credential-access"), ((IDS[2], "Rule 2"), (IDS[3], "Rule 3"))
        ),
        Cell("T1110", ("credential-access",), ((IDS[1], "Rule 1"), (IDS[2], "Rule 2")), ("Spraying",)),
    ]
    assert [(tactic, [cell.technique for cell in found]) for tactic, found in by_tactic(cells).items()] == [
        ("initial-access", ["T1059.001"]),
        ("execution", ["T1059.001"]),
        ("credential-access", ["T1059.001", "T1110"]),
    ]
    layer = navigator_layer(cells)
    assert layer["versions"]["layer"] == "4.5"
    assert [(one["techniqueID"], one["score"], one["comment"]) for one in layer["techniques"]] == [
        ("T1059.001", 1, "2 rules; claimed"),
        ("T1110", 2, "2 rules; proven by drill"),
    ]
