from __future__ import annotations

from pathlib import Path

from ringfence.detect.rules.lint import lint
from ringfence.sigma import load_rules

GOOD = """title: Good
id: 5a000000-0000-4000-8000-00000000000{n}
description: Means trouble.
tags: [attack.t1059.001]
logsource: {{product: windows, category: process_creation}}
detection:
    selection:
        CommandLine|contains: x{n}
        ParentImage: y
    condition: selection
level: high
"""


def findings(folder: Path) -> list[str]:
    return [str(one).replace(f"{folder}/", "") for one in lint(load_rules([folder]))]


def test_a_complete_rule_with_tests_beside_it_is_fine(tmp_path: Path) -> None:
    (tmp_path / "good.yml").write_text(GOOD.format(n=1))
    (tmp_path / "good.test.yml").write_text("must: [{fields: {CommandLine: x1, ParentImage: y}}]\n")
    assert findings(tmp_path) == []


def test_each_finding_has_its_place(tmp_path: Path) -> None:
    for n in (1, 2):
        (tmp_path / f"z{n}.yml").write_text(GOOD.format(n=n))
        (tmp_path / f"z{n}.test.yml").write_text("must: []\n")
    (tmp_path / "bare.yml").write_text(
        "title: Bare\nlevl: high\nlogsource: {product: windows}\n"
        "detection:\n  selection:\n    CommandLin|contains: x\n    DestinationIp: y\n  condition: selection\n"
    )
    (tmp_path / "broken.yml").write_text(
        "title: Broken\nlogsource: {product: windows}\n"
        "detection:\n  selection:\n    A|contians: x\n    B|re: '(?=a+)+b'\n  condition: selection\n"
    )
    (tmp_path / "twice.yml").write_text(GOOD.format(n=1))
    assert findings(tmp_path) == [
        "bare.yml:1:1 the rule has no description [description]",
        "bare.yml:1:1 the rule has no id (add a random UUID) [id]",
        "bare.yml:1:1 the rule has no level [level]",
        "bare.yml:1:1 no tag names an ATT&CK technique (for example attack.t1059.001) [tags]",
        "bare.yml:1:1 the rule has no tests (write bare.test.yml beside it) [tests]",
        "bare.yml:2:1 'levl' is no part of a rule (did you mean level?) [key]",
        "bare.yml:6:5 no other rule reads 'CommandLin' (did you mean CommandLine?) [field]",
        "broken.yml:5:7 unknown modifier 'contians' (did you mean contains?) [load]",
        "twice.yml:1:1 the rule has no tests (write twice.test.yml beside it) [tests]",
        "z1.yml:1:1 id 5a000000-0000-4000-8000-000000000001 is taken by 'Good' in twice.yml [load]",
    ]
