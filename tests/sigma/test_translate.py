"""Each modifier of the specification: a rule in, which events it matches out."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

Fires = Callable[..., list[bool]]


@pytest.mark.parametrize(
    ("field", "yes", "no"),
    [
        ("f: abc", ["abc", "ABC"], ["abcd", "xabc", ""]),
        ("f|contains: b c", ["ab cd", "B C"], ["abc"]),
        ("f|startswith: ab", ["ab", "ABc"], ["xab"]),
        ("f|endswith: bc", ["bc", "aBC"], ["bcx"]),
        ("f: a*d", ["ad", "a..d", "A\nD"], ["ade", "xad"]),
        ("f: a?d", ["abd", "a\nd"], ["ad", "abbd"]),
        ("f: '?*'", ["a", "abc"], [""]),
        ("f: '*'", ["", "x"], []),
        ("f: '*a*b?'", ["xxaybz", "abc"], ["ab", "ba"]),
        ("f: '*ab*ab'", ["abab", "xabxab"], ["ab", "xab"]),
        (r"f: 'a\*b'", ["a*b"], ["axb", "ab", r"a\*b"]),
        (r"f: 'a\?b'", ["a?b"], ["axb"]),
        (r"f: 'a\\*'", ["a\\", "a\\x"], ["a*", "ax"]),
        (r"f: 'a\\\*'", ["a\\*"], ["a\\x"]),
        (r"f: 'C:\Windows\x'", ["c:\\windows\\X"], ["C:Windowsx"]),
        (r"f|contains: 'a\*b'", ["xa*bx"], ["xaxbx"]),
        ("f|cased: aBc", ["aBc"], ["abc", "ABC"]),
        ("f|contains|cased: Bc", ["xBcx"], ["xbcx"]),
        ("f|cased|endswith: Bc", ["xBc"], ["xbc", "Bcx"]),
        ("f|cased: a*C", ["abC"], ["abc"]),
        ("f: straße", ["STRASSE", "Straße"], ["strase"]),
        ("f|contains: ΑΣ", ["xας", "ΑΣΑ"], ["αα"]),
        ("f|re: 'a.c$'", ["abc", "xxabc"], ["Abc", "abcd"]),
        ("f|re|i: '^a.c$'", ["ABC"], ["xabc"]),
        ("f|re|m: '^b$'", ["a\nb\nc"], ["ab"]),
        ("f|re|s: 'a.c'", ["a\nc"], ["ac"]),
        ("f|re: 'a.c'", ["abc"], ["a\nc"]),
        ("f|re|i|m|s: '^A.C$'", ["x\na\nc\ny"], ["xa\nc"]),
        ("f|re: '.{5,}'", ["abcde", "x\nabcde"], ["abcd", "abc\nde"]),
        ("f|cidr: 192.0.2.0/25", ["192.0.2.1", "::ffff:192.0.2.5"], ["192.0.2.128", "x", ""]),
        ("f|cidr: 2001:db8::/32", ["2001:DB8::1", "2001:db8:0:0::7"], ["2001:db9::1", "192.0.2.1"]),
        ("f|gt: 5", [6, "5.5", "1e3"], [5, "5", True, None, "x", "nan"]),
        ("f|gte: 5", [5, "5"], ["4.9"]),
        ("f|lt: 5", [4, -1, "-2"], [5, ""]),
        ("f|lte: 5.5", [5.5, "5.5"], [5.6]),
        ("f|neq: 5", [4, "x", None], [5, "5"]),
        ("f|neq: abc", ["x"], ["ABC"]),
        ("f: 5", [5, "5"], [50, 5.5, True]),
        ("f: 1.5", [1.5, "1.5"], [1]),
        ("f: true", [True, "true", "TRUE"], [1, "yes", False]),
        ("f: null", ["", None, []], ["x", 0, False]),
        ("f: ''", ["", None], ["x", 0]),
        ("f: []", [None, ""], ["x"]),
        ("f|exists: true", ["", None, "x", []], []),
        ("f: [a, b]", ["A", "b"], ["c", "ab"]),
        ("f|contains: [a, b]", ["xa", "bx"], ["c"]),
        ("f|contains|all: [a, b]", ["a-b", ["a", "b"]], ["a", "b"]),
        ("f: a", [["x", "A"], [["a"]]], [["x"], []]),
        ("f|windash|contains: ' -x'", ["c -x", "c /x", "c \u2013x", "c \u2014x", "c \u2015x"], ["c x", "-x"]),
        ("f|contains|windash: ' -x -y'", ["a /x -y", "a -x /y"], ["a -x y"]),
        ("f|base64|contains: foo bar", [base64.b64encode(b"foo bar").decode()], ["foo bar"]),
        (
            "f|base64offset|contains: secret",
            [base64.b64encode(b"x" * shift + b"a secret b").decode() for shift in range(3)],
            ["secret", base64.b64encode(b"another").decode()],
        ),
        ("f|wide|base64offset|contains: ping", [base64.b64encode("a ping".encode("utf-16le")).decode()], ["ping"]),
        ("f|utf16le|base64offset|contains: ping", [base64.b64encode("ping".encode("utf-16le")).decode()], ["ping"]),
        ("f|utf16be|base64offset|contains: ping", [base64.b64encode("ping".encode("utf-16be")).decode()], ["ping"]),
        (
            "f|utf16|base64|contains: ping",
            [base64.b64encode(b"\xff\xfe" + "ping".encode("utf-16le")).decode()],
            [base64.b64encode("ping".encode("utf-16le")).decode()],
        ),
        ("f|wide: ab", ["a\0b\0"], ["ab"]),
        ("f|hour: 8", ["2026-03-01T08:59:59Z", "2026-03-01 10:00:00+02:00", 1772352000], ["2026-03-01T09:00:00Z", "x"]),
        ("f|hour|gte: 22", ["2026-03-01T23:00:00Z"], ["2026-03-01T21:00:00Z"]),
        ("f|minute: 5", ["2026-03-01T08:05:00"], ["2026-03-01T08:06:00"]),
        ("f|day: 1", ["2026-03-01"], ["2026-03-02"]),
        ("f|week: 9", ["2026-03-01"], ["2026-03-02"]),
        ("f|month: 3", [1772352000000, 1772352000000000], ["2026-04-01"]),
        ("f|year: 2026", ["2026-04-01"], ["2025-04-01", ""]),
    ],
)
def test_modifier(fires: Fires, field: str, yes: list[object], no: list[object]) -> None:
    events = [{"f": value} for value in yes + no]
    assert fires(f"s:\n  {field}\ncondition: s", *events) == [True] * len(yes) + [False] * len(no)


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("f: null", True),
        ("f: ''", False),
        ("f: '*'", False),
        ("f: '?'", False),
        ("f|re: '.*'", False),
        ("f|exists: false", True),
        ("f|exists: true", False),
        ("f|neq: a", True),
        ("f|lt: 5", False),
        ("f|cidr: ::/0", False),
        ("f|fieldref: other", False),
    ],
)
def test_missing_field(fires: Fires, field: str, expected: bool) -> None:
    assert fires(f"s:\n  {field}\ncondition: s", {"other": "x"}) == [expected]


@pytest.mark.parametrize(
    ("field", "yes", "no"),
    [
        ("a|fieldref: b", [("x", "X"), (1, "1"), (["p", "q"], "Q")], [("x", "y")]),
        ("a|fieldref|startswith: b", [("xy", "X")], [("yx", "x")]),
        ("a|fieldref|endswith: b", [("yx", "X")], [("xy", "x")]),
        ("a|fieldref|contains: b", [("yxy", "X")], [("y", "x")]),
        ("a|cased|fieldref: b", [("x", "x")], [("x", "X")]),
    ],
)
def test_fieldref(fires: Fires, field: str, yes: list[tuple[object, object]], no: list[tuple[object, object]]) -> None:
    events = [{"a": first, "b": second} for first, second in yes + no]
    assert fires(f"s:\n  {field}\ncondition: s", *events) == [True] * len(yes) + [False] * len(no)


def test_expand(fires: Fires) -> None:
    detection = "s:\n  f|expand: '%admins%-x'\ncondition: s"
    events = [{"f": "ann-x"}, {"f": "bob2-X"}, {"f": "eve-x"}]
    given = {"admins": ["ann", "bob*"]}
    assert fires(detection, *events, placeholders=given) == [True, True, False]


def test_expand_without_values_is_a_problem(load: Callable[..., object]) -> None:
    rules = load(
        "title: T\nid: 5f0c6d2e-7a5b-4c1e-9d3f-000000000001\nlogsource: {product: demo}\n"
        "detection:\n  s:\n    f|expand: '%nobody%'\n  condition: s\n"
    )
    assert [str(problem).partition("rule.yml")[2] for problem in rules.problems] == [
        ":6:5 f|expand: placeholder %nobody% has no value"
    ]


@pytest.mark.parametrize(
    ("detection", "yes", "no"),
    [
        ("s: [foo, ba*r]\ncondition: s", [{"x": "a FOO b"}, {"x": "1", "y": "ba--r!"}], [{"x": "fo o"}, {}]),
        ("s:\n  '|all': [foo, bar]\ncondition: s", [{"x": "foo", "y": "bar"}], [{"x": "foo"}]),
        ("s: 4711\ncondition: s", [{"x": 47110}], [{"x": 471}]),
        ("s:\n  '|re': 'f[o0]{2}'\ncondition: s", [{"x": "f00"}], [{"x": "F00"}]),
        ("s:\n  '|cased': Foo\ncondition: s", [{"x": "aFoo"}], [{"x": "foo"}]),
        ("s: foo\ncondition: not s", [{"x": "a"}, {}], [{"x": "foo"}]),
        ("s: foo\ncondition: s", [{"x": ["a", "FOO"]}], [{"x": ["a"]}]),
    ],
)
def test_keywords(fires: Fires, detection: str, yes: list[dict[str, object]], no: list[dict[str, object]]) -> None:
    assert fires(detection, *yes, *no) == [True] * len(yes) + [False] * len(no)


def test_keywords_look_at_the_raw_text(fires: Fires) -> None:
    assert fires("s: needle\ncondition: s", {"x": "a"}, {}, raw="hay NEEDLE hay") == [True, True]


SELECTIONS = "sel_a: {a: 1}\nsel_b: {b: 1}\nfilter_x: {c: 1}\n"


@pytest.mark.parametrize(
    ("condition", "matching"),
    [
        ("sel_a and sel_b", ["ab", "abc"]),
        ("sel_a or sel_b", ["a", "b", "ab", "abc"]),
        ("1 of sel_*", ["a", "b", "ab", "abc"]),
        ("any of sel_*", ["a", "b", "ab", "abc"]),
        ("all of sel_*", ["ab", "abc"]),
        ("1 of them", ["a", "b", "c", "ab", "abc"]),
        ("all of them", ["abc"]),
        ("1 of sel_* and not 1 of filter_*", ["a", "b", "ab"]),
        ("not (sel_a or filter_x)", ["", "b"]),
        ("not sel_a and sel_b", ["b"]),
        ("not not sel_a", ["a", "ab", "abc"]),
        ("sel_a or sel_b and filter_x", ["a", "ab", "abc"]),
        ("[sel_a, sel_b]", ["a", "b", "ab", "abc"]),
    ],
)
def test_condition(fires: Fires, condition: str, matching: list[str]) -> None:
    cases = ["", "a", "b", "c", "ab", "abc"]
    events = [dict.fromkeys(case, 1) for case in cases]
    decided = fires(f"{SELECTIONS}condition: {condition}", *events)
    assert [case for case, hit in zip(cases, decided, strict=True) if hit] == matching


def test_selection_of_mappings_and_lists(fires: Fires) -> None:
    detection = "s:\n  - a: 1\n    b: 2\n  - c: [3, 4]\ncondition: s"
    assert fires(detection, {"a": 1, "b": 2}, {"a": 1}, {"c": 4}, {"c": 5}) == [True, False, True, False]
