"""Loading: what is in a rule, every problem with its place, several documents, the cache."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ringfence.core.severity import Severity
from ringfence.ecs.logsource import logsource
from ringfence.sigma import Correlation, Matcher, Rule, RuleSet, documents, load_rules
from ringfence.sigma.content import Content
from ringfence.sigma.tree import Leaf, Place, Text

Load = Callable[..., RuleSet]

FULL = """\
title: Odd Shell
id: 5f0c6d2e-7a5b-4c1e-9d3f-0000000000aa
name: odd_shell
status: test
description: |
  Two
  lines
references:
  - https://example.com/a
author: Ann
date: 2026-01-02
modified: 2026-01-03
tags:
  - attack.initial-access
  - attack.defense_evasion
  - attack.t1059.001
  - cve.2026-1
logsource:
  product: linux
  category: process_creation
  service: demo
detection:
  sel:
    Image|endswith: /sh
  condition: sel
fields:
  - Image
falsepositives:
  - Admins
level: high
"""
SHORT = """\
title: {title}
id: 5f0c6d2e-7a5b-4c1e-9d3f-{number:012d}
logsource: {{product: demo}}
detection:
  sel: {{f: {value}}}
  condition: sel
"""


def short(number: int, value: str = "x", title: str = "Short") -> str:
    return SHORT.format(number=number, value=value, title=title)


def problems(rules: RuleSet) -> list[str]:
    return [str(problem)[len(str(Path(problem.path).parent)) + 1 :] for problem in rules.problems]


def test_a_rule_has_all_that_was_written(tmp_path: Path) -> None:
    path = tmp_path / "full.yml"
    path.write_text(FULL)
    assert load_rules([tmp_path]).rules == (
        Rule(
            id="5f0c6d2e-7a5b-4c1e-9d3f-0000000000aa",
            title="Odd Shell",
            level=Severity.HIGH,
            condition=Leaf("Image", Text("/sh", Place.ENDSWITH)),
            status="test",
            description="Two\nlines",
            author="Ann",
            date="2026-01-02",
            modified="2026-01-03",
            name="odd_shell",
            tags=("attack.initial-access", "attack.defense_evasion", "attack.t1059.001", "cve.2026-1"),
            tactics=("initial-access", "defense-evasion"),
            techniques=("T1059.001",),
            references=("https://example.com/a",),
            falsepositives=("Admins",),
            product="linux",
            category="process_creation",
            service="demo",
            fields=("Image",),
            path=path,
            line=1,
            text=FULL,
        ),
    )


def test_without_level_and_id(load: Load) -> None:
    text = "title: T\nlogsource: {product: demo}\ndetection: {s: {f: x}, condition: s}\n"
    (first,), (second,) = load(text).rules, load(text).rules
    assert first.level is Severity.MEDIUM
    assert first.id == second.id
    assert len(first.id) == 32


def test_folders_are_walked_and_documents_split(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "b.yaml").write_text(f"{short(1)}---\n# second\n{short(2, 'ü')}---\n")
    (tmp_path / "a.YML").write_text(short(3))
    (tmp_path / "c.txt").write_text("not a rule")
    rules = load_rules([tmp_path, tmp_path / "deep"])
    assert [(rule.path.name, rule.line, rule.id[-1]) for rule in rules.rules] == [
        ("a.YML", 1, "3"),
        ("b.yaml", 1, "1"),
        ("b.yaml", 9, "2"),
    ]
    assert [rule.text.strip() for rule in rules.rules[1:]] == [short(1).strip(), short(2, "ü").strip()]
    assert rules.problems == ()


def test_actions_of_the_old_collections(load: Load) -> None:
    rules = load(
        "action: global\ntitle: G\nlogsource: {product: demo}\ndetection: {condition: s}\n---\n"
        "id: 5f0c6d2e-7a5b-4c1e-9d3f-000000000001\ndetection: {s: {f: a}}\n---\n"
        "action: repeat\nid: 5f0c6d2e-7a5b-4c1e-9d3f-000000000002\ndetection: {s: {f: b}}\n"
    )
    assert problems(rules) == []
    matcher = Matcher(rules)
    fired = [[rule.id[-1] for rule in matcher.match(logsource("demo"), {"f": value}, {})] for value in "abc"]
    assert fired == [["1"], ["2"], []]


BROKEN = """\
title: Broken
id: 5f0c6d2e-7a5b-4c1e-9d3f-000000000001
level: {level}
logsource: {logsource}
detection:
  sel:
    Image: x
    {item}
  condition: {condition}
"""


@pytest.mark.parametrize(
    ("part", "value", "expected"),
    [
        ("item", "f|contians: x", ":8:7 unknown modifier 'contians' (did you mean contains?)"),
        ("item", "f|contains|zzz: x", ":8:16 unknown modifier 'zzz'"),
        (
            "item",
            "f|re: '(a'",
            ":8:5 f|re: Regular expression '(a' is invalid: regular expression is refused: missing ): (a",
        ),
        (
            "item",
            "f|re: '(?<=a)b'",
            ":8:5 f|re: Regular expression '(?<=a)b' is invalid: regular expression is refused: "
            "invalid perl operator: (?<=; look-around cannot be run in linear time",
        ),
        (
            "item",
            r"f|re: '(a)\1'",
            r":8:5 f|re: Regular expression '(a)\1' is invalid: regular expression is refused: "
            r"invalid escape sequence: \1; a back-reference cannot be run in linear time",
        ),
        ("item", "f|cidr: 192.0.2.1/24", ":8:5 f|cidr: Invalid CIDR expression: 192.0.2.1/24 has host bits set"),
        ("item", "f|gt: x", ":8:5 f|gt: Modifier SigmaGreaterThanModifier incompatible to value type of 'x'"),
        ("item", "Image: y", ":8:5 not valid YAML: key 'Image' is given twice"),
        ("item", "f: [", ":10:1 not valid YAML: did not find expected ',' or ']'"),
        ("condition", "sel and nope", ":9:14 condition names 'nope', which is no detection of this rule (sel)"),
        ("condition", "1 of nope_*", ":9:14 '1 of nope_*' names no detection"),
        ("condition", "sel |count() > 5", ":9:14 The pipe syntax in Sigma conditions"),
        ("condition", "sel and", ":9:21 condition ends too early"),
        ("condition", "sel sel", ":9:18 condition is not understood from 'sel' on"),
        ("condition", "[sel, 5]", ":9:14 condition must be a text or a list of texts"),
        ("level", "loud", ":3:8 'loud' is not a valid Sigma rule level"),
        ("logsource", "{}", ":4:12 Sigma log source can't be empty"),
        ("logsource", "[a]", ":4:12 Sigma logsource must be a valid YAML map"),
    ],
)
def test_a_problem_tells_its_place(load: Load, part: str, value: str, expected: str) -> None:
    parts = {"level": "low", "logsource": "{product: demo}", "item": "Other: x", "condition": "sel"}
    rules = load(BROKEN.format(**{**parts, part: value}))
    assert rules.rules == ()
    (problem,) = problems(rules)
    assert problem[: len("rule.yml" + expected)] == "rule.yml" + expected


def test_all_problems_of_all_documents_are_listed(load: Load) -> None:
    rules = load(f"{short(1)}---\n- a list\n---\n{short(2).replace('title: Short', 'title: [x]')}---\naction: jump\n")
    assert [rule.id[-1] for rule in rules.rules] == ["1"]
    assert problems(rules) == [
        "rule.yml:8:1 a rule must be a mapping of names to values",
        "rule.yml:10:8 Sigma rule title must be a string",
        "rule.yml:17:9 unknown action 'jump'",
    ]


def test_ids_given_twice(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(short(1, title="First"))
    (tmp_path / "b.yml").write_text(short(1, title="Second"))
    rules = load_rules([tmp_path])
    assert [rule.title for rule in rules.rules] == ["First"]
    assert problems(rules) == [
        f"b.yml:1:1 id 5f0c6d2e-7a5b-4c1e-9d3f-000000000001 is taken by 'First' in {tmp_path / 'a.yml'}"
    ]


def test_files_that_cannot_be_rules(tmp_path: Path) -> None:
    (tmp_path / "bytes.yml").write_bytes(b"title: x\nid: a\xff\n")
    (tmp_path / "deep.yml").write_text("[" * 100 + "]" * 100)
    (tmp_path / "empty.yml").write_text("# nothing\n---\n")
    (tmp_path / "large.yml").write_bytes(b"#" * ((1 << 20) + 1))
    (tmp_path / "laughs.yml").write_text(
        "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [" + ",".join([f"*{chr(97 + n)}"] * 10) + "]\n" for n in range(9))
    )
    rules = load_rules([tmp_path, tmp_path / "gone.yml"])
    assert rules.rules == ()
    assert problems(rules) == [
        "gone.yml there is no such file or folder",
        "bytes.yml:2:6 is not UTF-8 text",
        "large.yml larger than 1048576 bytes",
        "deep.yml:1:61 not valid YAML: nested deeper than 60",
        "laughs.yml:1:1 YAML aliases expand to too many nodes (possible 'billion laughs' attack)",
    ]


CORRELATION = """\
title: Many
id: 5f0c6d2e-7a5b-4c1e-9d3f-0000000000cc
level: high
correlation:
  type: event_count
  rules: [odd_shell]
  group-by: [user.name]
  timespan: 5m
  condition: {gte: 10}
"""


def test_correlations_are_kept(load: Load) -> None:
    rules = load(f"{FULL}---\n{CORRELATION}")
    assert problems(rules) == []
    assert [rule.title for rule in rules.rules] == ["Odd Shell"]
    (kept,) = rules.correlations
    assert isinstance(kept, Correlation)
    assert (kept.title, kept.type, kept.rules, kept.level, kept.line) == (
        "Many",
        "event_count",
        ("odd_shell",),
        Severity.HIGH,
        32,
    )
    assert kept.definition["condition"] == {"gte": 10}
    assert kept.text.strip() == CORRELATION.strip()


def test_a_wrong_correlation_and_a_filter_are_problems(load: Load) -> None:
    rules = load(
        CORRELATION.replace("event_count", "guess")
        + "---\ntitle: F\nlogsource: {product: demo}\nfilter:\n  rules: [x]\n  s: {f: x}\n  condition: s\n"
    )
    assert problems(rules) == [
        "rule.yml:5:9 'guess' is no valid Sigma correlation type",
        "rule.yml:14:3 Sigma filters are not applied yet (put the exclusion into the rule)",
    ]


def test_the_cache_gives_the_same_and_follows_changes(tmp_path: Path) -> None:
    rules, cache = tmp_path / "rules", tmp_path / "cache"
    rules.mkdir()
    (rules / "a.yml").write_text(f"{FULL}---\n{CORRELATION}")
    (rules / "b.yml").write_text(short(1) + "---\n" + short(2).replace("sel}", "zel}"))
    cold = load_rules([rules], cache_dir=cache)
    (file,) = (cache / "sigma-rules").iterdir()
    written = file.stat()
    warm = load_rules([rules], cache_dir=cache)
    assert (warm.rules, warm.correlations) == (cold.rules, cold.correlations)
    assert problems(warm) == problems(cold)
    assert file.stat().st_mtime_ns == written.st_mtime_ns
    assert file.parent.stat().st_mode & 0o777 == 0o700
    (rules / "b.yml").write_text(short(1, "changed"))
    changed = load_rules([rules], cache_dir=cache)
    assert changed.by_id["5f0c6d2e-7a5b-4c1e-9d3f-000000000001"].condition == Leaf("f", Text("changed"))
    assert changed == load_rules([rules])


def test_the_cache_is_really_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.yml").write_text(short(1))
    load_rules([tmp_path / "a.yml"], cache_dir=tmp_path)
    monkeypatch.setattr("ringfence.sigma.load.read_documents", lambda: None)
    assert len(load_rules([tmp_path / "a.yml"], cache_dir=tmp_path).rules) == 1
    with pytest.raises(TypeError):
        load_rules([tmp_path / "a.yml"])


def test_placeholders_have_caches_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    path.write_text(short(1, "'%who%'").replace("f:", "f|expand:"))
    found = [
        load_rules([path], cache_dir=tmp_path, placeholders={"who": [name]}).rules[0].condition
        for name in ("ann", "bob", "ann")
    ]
    assert found == [Leaf("f", Text(name)) for name in ("ann", "bob", "ann")]


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "open", "link"])
def test_a_cache_that_cannot_be_trusted_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    rules, cache = tmp_path / "a.yml", tmp_path / "cache"
    rules.write_text(short(1))
    expected = load_rules([rules], cache_dir=cache)
    folder = cache / "sigma-rules"
    (file,) = folder.iterdir()
    data = file.read_bytes()
    match damage:
        case "cut":
            file.write_bytes(data[:-5])
        case "flip":
            file.write_bytes(data.replace(b"Short", b"Shirt"))
        case "empty":
            file.write_bytes(b"")
        case "open":
            folder.chmod(0o755)
        case _:
            folder.rename(cache / "elsewhere")
            folder.symlink_to(cache / "elsewhere")
    parsed: list[str] = []

    def read(text: str, placeholders: dict[str, list[str]]) -> Content:
        parsed.append(text)
        return documents.read(text, placeholders)

    with monkeypatch.context() as patch:
        patch.setattr("ringfence.sigma.load.read_documents", lambda: read)
        assert load_rules([rules], cache_dir=cache) == expected
    assert parsed == [short(1)]
