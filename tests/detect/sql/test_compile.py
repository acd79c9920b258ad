"""A rule as SQL finds the stored events that the evaluator and the matcher find in the live ones, event by event."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ringfence.core.clock import SystemClock
from ringfence.core.severity import Severity
from ringfence.detect.sql import compile_rule, matching_any
from ringfence.ecs.event import Event
from ringfence.ecs.logsource import logsource
from ringfence.events import Extent, Matching, to_table
from ringfence.events import chdb_match as match
from ringfence.events.chdb_pool import Connection, Engine
from ringfence.events.chdb_write import Writer
from ringfence.sigma import Matcher, Rule, RuleSet
from ringfence.sigma.reference import holds
from ringfence.sigma.tree import (
    And,
    Cidr,
    Compare,
    Comparison,
    Exists,
    FieldRef,
    Glob,
    Leaf,
    Moment,
    Node,
    Not,
    Null,
    Or,
    Place,
    Regex,
    Text,
    TimePart,
    Wildcard,
)
from ringfence.sigma.values import View

SOURCES = [logsource("windows", ("process_creation", "x"), "sysmon"), logsource("linux"), logsource("", ("x",), "")]
NAMES = ["a", "B", "two words", "user.name", "source.port", "event.type"]
KEYS = ["a", "B", "TWOwords", "user.name", "other"]
ALPHABET = "aAbBß\\.*?% _'\n\t\0 1İςΣKſ\x01\x02[{é"

words = st.text(ALPHABET, max_size=4)
texts = st.builds(Text, words, st.sampled_from(Place), st.booleans())
globs = st.lists(st.sampled_from(Wildcard), min_size=1, max_size=3).flatmap(
    lambda cards: st.builds(Glob, st.tuples(*[words] * (len(cards) + 1)), st.just(tuple(cards)), st.booleans())
)
regexes = st.builds(
    Regex,
    st.sampled_from(
        ["a", "^a", "a+b?", "[Aa]b", "(a+)+$", r"\\.", "a|1", "a.b", "^$", "", "ß", r"\bA", "a{2,3}", "b$", r"\x01"]
    ),
    st.sampled_from(["", "i", "m", "s", "im", "is", "ims"]),
)
numbers = st.sampled_from([0.0, 1.0, -1.5, 0.1, 2.0**53, 1e16, 9007199254740993.0, 1e39])
comparisons = st.sampled_from(Comparison)
patterns = st.one_of(
    texts,
    globs,
    regexes,
    st.builds(Cidr, st.sampled_from(["192.0.2.0/24", "2001:db8::/32", "::/0", "0.0.0.0/0", "::ffff:192.0.2.0/120"])),
    st.builds(Null),
    st.builds(Exists, st.booleans()),
    st.builds(Compare, comparisons, numbers),
    st.builds(Moment, st.sampled_from(TimePart), comparisons, st.sampled_from([0.0, 1.0, 12.0, 30.0, 2023.0])),
    st.builds(FieldRef, st.sampled_from(NAMES), st.sampled_from(Place), st.booleans()),
)
keywords = st.one_of(texts, globs, regexes)
tests = st.one_of(
    st.builds(Leaf, st.sampled_from(NAMES), patterns),
    st.builds(Leaf, st.sampled_from(NAMES), texts),
    st.builds(Leaf, st.none(), keywords),
)
nodes: st.SearchStrategy[Node] = st.recursive(
    tests,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(And, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, max_size=4).map(tuple)),
    ),
    max_leaves=6,
)
addresses = [
    "192.0.2.7",
    " 192.0.2.7 ",
    "192.0.2.07",
    "::ffff:192.0.2.7",
    "2001:db8::1",
    "fe80::1%eth0",
    "192.0.2.7%x",
    "1::2::3",
    "::192.0.2.1",
    "300.0.0.1",
]
moments = [
    "2023-11-14T22:13:20Z",
    "2023-11-14 00:30",
    "2023-11-14",
    "2024-02-30",
    "2023-11-14T22:13:20.123456+05:30",
    "1700000000",
    "1700000000000",
    "2023-01-01T00:00:00Z",
    "2023-11-14T25:00:00Z",
    "2023-11-14 22:13:20 UTC",
]
decimals = [
    "1",
    "+1",
    " 1 ",
    ".5",
    "5.",
    "-1.5",
    "1e3",
    "0.1",
    "9007199254740993",
    "9" * 40,
    "1e400",
    "1_0",
    "٣",
    "0x1",
    "inf",
    "nan",
    "-0",
    "\u00a01",
]
scalars: st.SearchStrategy[Any] = st.one_of(
    words,
    st.sampled_from(addresses),
    st.sampled_from(moments),
    st.sampled_from(decimals),
    st.booleans(),
    st.none(),
    st.integers(-3, 2**60),
    st.sampled_from([0.5, 1.0, 1e16, -1.5]),
)
plain_items = st.one_of(words, st.booleans(), st.none(), st.integers(-3, 3), st.sampled_from([0.5, 1.0]))
lists = st.recursive(
    st.lists(plain_items, max_size=3), lambda inner: st.lists(st.one_of(plain_items, inner), max_size=3), max_leaves=5
)
objects = st.lists(
    st.one_of(plain_items, st.dictionaries(words, st.one_of(words, st.lists(words, max_size=2)), max_size=2)),
    max_size=3,
)
fields = st.dictionaries(st.sampled_from(KEYS), st.one_of(scalars, scalars, scalars, lists, objects), max_size=4)
ecs = st.fixed_dictionaries(
    {},
    optional={
        "user.name": words.filter(bool),
        "source.port": st.integers(0, 9),
        "event.type": st.lists(words.filter(bool), min_size=1, max_size=3),
    },
)
events = st.tuples(st.sampled_from(SOURCES), fields, ecs, words)
rules = st.builds(
    lambda node, product, category, service: (node, product, category, service),
    nodes,
    st.sampled_from([None, "windows"]),
    st.sampled_from([None, "x"]),
    st.sampled_from([None, "sysmon"]),
)

numbering = itertools.count()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    opened = Engine(tmp_path_factory.mktemp("events"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def writer(engine: Engine) -> Writer:
    return Writer(engine.connect(), SystemClock())


@pytest.fixture(scope="module")
def connection(engine: Engine, writer: Writer) -> Connection:
    return engine.connect(max_query_size=1 << 23)


def rule(
    number: int, node: Node, product: str | None = None, category: str | None = None, service: str | None = None
) -> Rule:
    return Rule(f"r{number}", "t", Severity.LOW, node, product=product, category=category, service=service)


def stored(writer: Writer, held: list[Any]) -> Extent:
    """Store events under a tenant of their own; the id is the place in the list."""
    tenant = f"t{next(numbering)}"
    writer.insert(
        to_table(
            [
                Event(
                    str(n),
                    tenant,
                    1_700_000_000_000_000 + n,
                    1_700_000_000_000_000,
                    tenant,
                    "s",
                    "p",
                    source,
                    ecs,
                    fields,
                    raw,
                )
                for n, (source, fields, ecs, raw) in enumerate(held)
            ]
        )
    )
    return Extent(tenant)


def asked(connection: Connection, matching: Matching, extent: Extent) -> list[int]:
    return [int(id_) for id_ in match.match_ids(connection, matching, extent, 1000)]


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
@given(st.lists(events, min_size=1, max_size=12), st.lists(rules, min_size=1, max_size=8))
def test_the_store_the_matcher_and_the_evaluator_agree(
    writer: Writer, connection: Connection, held: list[Any], made: list[Any]
) -> None:
    loaded = [rule(n, *parts) for n, parts in enumerate(made)]
    expected = [
        [
            one.id
            for one in loaded
            if source.covers(one.product, one.category, one.service) and holds(one.condition, View(fields, ecs, raw))
        ]
        for source, fields, ecs, raw in held
    ]
    matcher = Matcher(RuleSet(tuple(loaded)))
    assert [[one.id for one in matcher.match(*event)] for event in held] == expected
    extent = stored(writer, held)
    matching, conditions = matching_any(loaded, match.field_names(connection, extent))
    found = match.match_each(connection, matching, conditions, extent)
    assert [[loaded[place].id for place in found.get(str(n), [])] for n in range(len(held))] == expected
    some = compile_rule(loaded[0])  # the slow form, for which no names are known
    assert asked(connection, some, extent) == [n for n, ids in enumerate(expected) if loaded[0].id in ids]


def checked(writer: Writer, connection: Connection, values: list[Any], wanted: list[Any]) -> list[str]:
    """Every pattern against every value of one field; what the store and the evaluator see differently."""
    extent = stored(writer, [(SOURCES[0], {"a": value}, {}, "") for value in values])
    loaded = [rule(n, Leaf("a", pattern)) for n, pattern in enumerate(wanted)]
    matching, conditions = matching_any(loaded, ["a"])
    found = match.match_each(connection, matching, conditions, extent)
    return [
        f"{pattern} on {value!r}: store {place in found.get(str(n), [])}"
        for n, value in enumerate(values)
        for place, pattern in enumerate(wanted)
        if (place in found.get(str(n), [])) != holds(Leaf("a", pattern), View({"a": value}, {}))
    ]


def test_numbers_are_read_alike(writer: Writer, connection: Connection) -> None:
    wanted = [Compare(one, number) for one in Comparison for number in (0.0, 1.0, -1.5, 0.1, 2.0**53, 9e39, 1e3, 5.0)]
    assert checked(writer, connection, [*decimals, 2**53 + 1, 0.1, True, None, [], ["x", 5]], wanted) == []


def test_addresses_are_read_alike(writer: Writer, connection: Connection) -> None:
    networks = [
        "192.0.2.0/24",
        "2001:db8::/32",
        "::/0",
        "0.0.0.0/0",
        "::ffff:192.0.2.0/120",
        "300::/8",
        "::192.0.2.0/120",
    ]
    more = [
        "",
        ":",
        "::",
        "1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7::",
        "::2:3:4:5:6:7:8",
        "::ffff:192.0.2.08",
        "192.0.2.7/32",
        "192.0.2",
        "0300::1",
        "03000::1",
        "192.0.2.7\u00a0",
        "٣.0.0.1",
        "::%",
        "%",
        "x" * 65,
        "2001:DB8::1",
    ]
    assert checked(writer, connection, [*addresses, *more], [Cidr(one) for one in networks]) == []


def test_moments_are_read_alike(writer: Writer, connection: Connection) -> None:
    wanted = [
        Moment(part, one, number)
        for part in TimePart
        for one in (Comparison.EQ, Comparison.LT)
        for number in (1.0, 13.0, 14.0, 22.0, 46.0, 2023.0)
    ]
    more = [
        "2023-11-14T22:13",
        "2023-11-14T22:13+01:00",
        "2023-11-14T22:13:20,5Z",
        "2023-13-01",
        "2023-11-14T22:60",
        "x",
        1_700_000_000,
        1.7e12,
        "1e9",
        "2023-12-31T23:59:59-02:00",
        "2021-01-03",
        "2023-11-14T22:13:20+0530",
        "2023-11-14t22:13:20z",
    ]
    assert checked(writer, connection, [*moments, *more], wanted) == []


@pytest.mark.parametrize("cased", [False, True])
def test_texts_are_folded_alike(writer: Writer, connection: Connection, cased: bool) -> None:
    values = [
        "Straße",
        "STRASSE",
        "K",
        "k",
        "ſ",
        "S",
        "İ",
        "i̇",
        "ŉ",
        "ʼn",
        "ΣΑΣ",
        "σας",
        "ﬁ",
        "FI",
        "\0a",
        "é",
        "É",
        "e\u0301",
        "Ǆ",
        "ǆ",
        "ᾳ",
        "αι",
        "ẞ",
    ]
    wanted: list[Any] = [Text(value, place, cased) for value in values for place in Place]
    wanted += [Glob(("", value[:1], ""), (Wildcard.ONE, Wildcard.ANY), cased) for value in values]
    wanted += [Glob(("", ""), (Wildcard.ONE,), cased), Glob(("", "", ""), (Wildcard.ONE, Wildcard.ONE), cased)]
    assert checked(writer, connection, values, wanted) == []


def test_lists_are_taken_apart_alike(writer: Writer, connection: Connection) -> None:
    values: list[Any] = [
        [],
        [[]],
        [None],
        ["null"],
        ["[]"],
        [["a", ["b", ["c", [[], "d"]]]]],
        ['say "a"', "b\\"],
        [1, 1.5, 1.0, True, None],
        [{"k": {"l": [1, "}"]}}, "a"],
        [{"a": None, "é": "/"}],
        ["\x01null", "{", "}", "[", "]", ","],
        "\x01",
        "\x01null",
        "\x01[1]",
        None,
        "",
    ]
    texts_wanted = [
        "",
        "a",
        "b",
        "c",
        "d",
        "null",
        "[]",
        'say "a"',
        "b\\",
        "1",
        "1.5",
        "1.0",
        "true",
        '{"k":{"l":[1,"}"]}}',
        '{"a":null,"é":"/"}',
        "\x01null",
        "{",
        "}",
        "[",
        "]",
        ",",
        "\x01",
        "\x01[1]",
        "[1]",
    ]
    wanted = [
        *(Text(text, Place.EQUALS, True) for text in texts_wanted),
        Null(),
        Exists(True),
        Compare(Comparison.EQ, 1.0),
    ]
    assert checked(writer, connection, values, wanted) == []
