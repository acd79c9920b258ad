"""The SQL of a query finds exactly the events that its tree means, as a plain evaluator in Python sees it."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import re
from collections.abc import Iterator
from typing import Any, assert_never

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.core.actor import robot
from ringfence.core.clock import ManualClock
from ringfence.core.ids import digest
from ringfence.ecs.event import Event
from ringfence.ecs.fields import FIELDS, Kind
from ringfence.ecs.logsource import logsource
from ringfence.ecs.query import parse, write
from ringfence.ecs.query.ast import (
    And,
    Compare,
    Comparison,
    Everything,
    Exists,
    Free,
    InNetwork,
    Last,
    Match,
    Moment,
    Native,
    Node,
    Not,
    Or,
    Pattern,
    Regex,
    Target,
    Wild,
    both,
    either,
)
from ringfence.ecs.query.times import span_of
from ringfence.events.chdb_store import ChdbStore
from ringfence.events.compile import condition
from ringfence.events.model import TimeRange

NOW = 1_772_524_800_000_000
MANY, ONE = Wild.MANY, Wild.ONE


def test_values_are_bound_and_never_text():
    made = condition(parse("""user.name:"x' OR 1=1 --" 50%_ok"""), NOW)
    assert made.sql == ("((`user_name` != '' AND lower(`user_name`) = {q0:String}) AND (lower(raw) LIKE {q1:String}))")
    assert made.params == {"q0": "x' or 1=1 --", "q1": r"%50\%\_ok%"}


# The evaluator.


def pattern_regex(pattern: Pattern) -> str:
    table = {MANY: ".*", ONE: "."}
    return "".join(table[part] if isinstance(part, Wild) else re.escape(part) for part in pattern.parts)


def folded(pattern: Pattern) -> int:
    ascii_only = all(isinstance(part, Wild) or part.isascii() for part in pattern.parts)
    return re.IGNORECASE | re.DOTALL | (re.ASCII if ascii_only else 0)


def texts(event: Event, target: Target) -> list[str] | None:
    """The texts of a field, None where it is missing."""
    if isinstance(target, Native):
        if target.name not in event.fields:
            return None
        value = event.fields[target.name]
        if value is None:
            return []
        return [as_text(item) for item in value] if isinstance(value, list) else [as_text(value)]
    special: dict[str, Any] = {
        "rules": list(event.rules),
        "raw": event.raw,
        "parser": event.parser,
        "logsource.category": list(event.logsource.categories),
        "logsource.product": event.logsource.product,
    }
    value = special.get(target, event.ecs.get(target))
    if isinstance(value, list):
        return [str(item) for item in value] or None
    return None if value in (None, "") else [as_text(value)]


def as_text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)


def number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text) else None


def compares(op: Comparison, left: float, right: float) -> bool:
    return {">": left > right, ">=": left >= right, "<": left < right, "<=": left <= right}[op.value]


def inside(text: str, network: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text.lower() == network
    return address in ipaddress.ip_network(network, strict=False)


def json_inside(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def holds(node: Node, event: Event) -> bool:
    match node:
        case Everything():
            return True
        case And(nodes):
            return all(holds(part, event) for part in nodes)
        case Or(nodes):
            return any(holds(part, event) for part in nodes)
        case Not(inner):
            return not holds(inner, event)
        case Free(pattern):
            escaped = Pattern(
                tuple(p if isinstance(p, Wild) else json.dumps(p, ensure_ascii=False)[1:-1] for p in pattern.parts)
            )
            return any(re.search(pattern_regex(p), event.raw, folded(p)) for p in (pattern, escaped))
        case Match(target, pattern):
            if isinstance(target, str) and target in FIELDS and FIELDS[target].kind is Kind.LONG and pattern.literal:
                return event.ecs.get(target) == float(pattern.literal)
            found = texts(event, target)
            if pattern.literal == "":
                return event.fields.get(target.name) == "" if isinstance(target, Native) else found is None
            return found is not None and any(re.fullmatch(pattern_regex(pattern), t, folded(pattern)) for t in found)
        case Exists(target):
            if isinstance(target, Native):
                return event.fields.get(target.name) is not None
            return texts(event, target) is not None
        case Compare(target, op, value):
            numbers = [number(text) for text in texts(event, target) or []]
            return any(n is not None and compares(op, n, value) for n in numbers)
        case InNetwork(target, network):
            return any(inside(text, network) for text in texts(event, target) or [])
        case Regex(target, expression):
            found = texts(event, target)
            if found == [""] and isinstance(target, Native) and not isinstance(event.fields[target.name], list):
                return False
            return any(re.search(expression, t, re.IGNORECASE | re.DOTALL) for t in found or [])
        case Moment(_, op, value):
            start, end = span_of(value, NOW) or (0, 0)
            edge = {Comparison.GTE: event.time >= start, Comparison.GT: event.time >= end}
            edge |= {Comparison.LT: event.time < start, Comparison.LTE: event.time < end}
            return edge[op] if op else start <= event.time < end
        case Last(seconds):
            return event.time >= NOW - seconds * 1_000_000
        case _:
            assert_never(node)


# Events full of what breaks quoting, matching and lists.

HARD = [
    "Ada",
    "ADA",
    "ada lovelace",
    r"C:\Windows\a.exe",
    r"\\server\share",
    "50%",
    "a_b",
    "axb",
    "it's",
    '"quoted"',
    "nul\0nul",
    "tab\tline\nend\r",
    "😀 Grüße",
    "GRÜSSE ÜBER",
    "*",
    "?",
    "[1]",
    "\x01null",
    "10",
    "-2.5",
    "192.0.2.7",
    "198.51.100.9",
    "2001:db8::7",
    "192.0.2.0/28",
    "{q0:String}",
    "",
]


def events() -> list[Event]:
    made: list[Event] = []
    for number_, value in enumerate(HARD):
        other = HARD[(number_ * 7 + 3) % len(HARD)]
        natives: list[Any] = [value, [value, other], None, [], number_, number_ % 2 == 0, [value, None, number_]]
        ecs: dict[str, Any] = {
            "user.name": value,
            "process.command_line": other,
            "source.ip": value,
            "event.category": [value, other] if number_ % 3 else [],
        }
        if number_ % 2:
            ecs["source.port"] = number_ - 5
        made.append(
            Event(
                id=digest("e", str(number_)),
                tenant="default",
                time=NOW - number_ * 3_600_000_000,
                received=NOW,
                batch="b",
                source="file",
                parser="json" if number_ % 2 else "kv",
                logsource=logsource("windows" if number_ % 2 else "linux", ("dns", "proxy")[: number_ % 3]),
                ecs={name: item for name, item in ecs.items() if item not in ("", [])},
                fields={"x": natives[number_ % len(natives)], "Odd 'name'": value} if number_ % 5 else {},
                raw=json.dumps({"v": value, "o": other}, ensure_ascii=False) if number_ % 4 else value + " " + other,
                rules=("r1", "R2")[: number_ % 3],
            )
        )
    return made


EVENTS = events()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChdbStore]:
    store = ChdbStore(tmp_path_factory.mktemp("compile"), clock=ManualClock(NOW))
    asyncio.run(store.insert(EVENTS))
    yield store
    store.close()


def found(store: ChdbStore, query: str) -> set[str]:
    page = asyncio.run(store.search(robot(), query, TimeRange(), limit=1000))
    assert page.total == len(page.events)
    return {event.id for event in page.events}


pieces = st.one_of(
    st.sampled_from(HARD).filter(bool),
    st.sampled_from(["a", "A", "%", "_", "\\", "'", "ü", "Ü", "s", "1", '"', "nul\0"]),
)
parts = st.lists(st.one_of(pieces, st.sampled_from(Wild)), min_size=1, max_size=4)


def joined(given_: list[str | Wild]) -> Pattern:
    made: list[str | Wild] = []
    for part in given_:
        if made and isinstance(part, str) and isinstance(made[-1], str):
            made[-1] += part
        elif not (made and part is MANY and made[-1] is MANY):
            made.append(part)
    return Pattern(tuple(made))


patterns = parts.map(joined)
textual: st.SearchStrategy[Target] = st.one_of(
    st.sampled_from(
        [
            "user.name",
            "process.command_line",
            "event.category",
            "rules",
            "raw",
            "parser",
            "source.ip",
            "logsource.category",
        ]
    ),
    st.sampled_from([Native("x"), Native("Odd 'name'"), Native("absent")]),
)
any_field = st.one_of(textual, st.just("source.port"))
free = patterns.filter(lambda p: p.parts[0] is not MANY and p.parts[-1] is not MANY)
leaves = st.one_of(
    st.just(Everything()),
    free.map(Free),
    st.builds(Match, textual, patterns.filter(lambda p: p.parts != (MANY,))),
    st.builds(Match, textual, st.just(Pattern(()))),
    st.builds(Match, st.just("source.port"), st.integers(-6, 20).map(lambda n: Pattern((str(n),)))),
    st.builds(Exists, any_field),
    st.builds(Compare, any_field, st.sampled_from(Comparison), st.one_of(st.integers(-6, 20), st.just(-2.5))),
    st.builds(
        InNetwork,
        st.sampled_from(["source.ip", Native("x")]),
        st.sampled_from(["192.0.2.0/28", "192.0.0.0/8", "2001:db8::/32", "0.0.0.0/0", "::/0"]),
    ),
    st.builds(Regex, textual, st.sampled_from(["a.", r"^\d+$", "ü", r"\\", "[%_]", "a.*a", "^$"])),
    st.builds(
        Moment,
        st.just("@timestamp"),
        st.sampled_from([None, *Comparison]),
        st.sampled_from(["now-5h", "2026-03-02", "2026-03-03T04:00", "2026-03-03T04:00:00Z"]),
    ),
    st.builds(Last, st.integers(1, 100_000)),
)


def grown(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(several.map(both), several.map(either), inner.map(Not))


@settings(max_examples=150, deadline=None)
@given(tree=st.recursive(leaves, grown, max_leaves=4))
def test_finds_what_the_tree_means(filled: ChdbStore, tree: Node):
    expected = {event.id for event in EVENTS if holds(tree, event)}
    assert found(filled, write(tree)) == expected


@pytest.mark.parametrize("value", [value for value in HARD if value])
def test_finds_each_hard_value(filled: ChdbStore, value: str):
    for tree in (
        Match("user.name", Pattern((value,))),
        Match(Native("Odd 'name'"), Pattern((value,))),
        Match(Native("x"), Pattern((value,))),
        Free(Pattern((value,))),
        Not(Match("event.category", Pattern((value,)))),
    ):
        expected = {event.id for event in EVENTS if holds(tree, event)}
        assert found(filled, write(tree)) == expected, tree
