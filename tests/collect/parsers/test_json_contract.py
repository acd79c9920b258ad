"""What every parser of JSON objects must do, walked over the table."""

from __future__ import annotations

import copy
import gc
import inspect
import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

from ringfence.collect.normalise import FALLBACKS, Normaliser
from ringfence.collect.parsers.base import Parser
from ringfence.collect.parsers.registry import JSON_PARSERS
from ringfence.collect.record import Record
from ringfence.core.errors import ParseError
from ringfence.ecs.event import Parsed
from ringfence.ecs.fields import FIELDS, Kind

PARSERS = pytest.mark.parametrize("parser", JSON_PARSERS, ids=lambda parser: parser.name)
TYPES: dict[Kind, type] = {
    Kind.KEYWORD: str,
    Kind.TEXT: str,
    Kind.IP: str,
    Kind.LONG: int,
    Kind.DOUBLE: float,
    Kind.KEYWORDS: list,
}
ODD: tuple[Any, ...] = (None, True, -1, 10**30, 1.5, "", "x" * 9, [], [None], [{}], {}, {"a": {"b": 1}}, "\u0000", "-")


@PARSERS
def test_parser_says_what_it_is(parser: Parser) -> None:
    assert parser.name == parser.name.lower()
    assert len(parser.title) > 3
    assert parser.samples
    assert len((inspect.getdoc(type(parser)) or "").split()) >= 2


def test_names_are_unique_and_the_fallback_is_last() -> None:
    names = [parser.name for parser in JSON_PARSERS]
    assert len(set(names)) == len(names)
    assert names[-1] == "json"
    assert [name for name in names if name in FALLBACKS] == ["json"]


@PARSERS
def test_samples_are_taken_by_exactly_this_parser(parser: Parser) -> None:
    for sample in parser.samples:
        parsed = Normaliser().parse(Record(sample))
        assert isinstance(parsed, Parsed), sample
        assert parsed.parser == parser.name
        assert parsed.time == 1772352000_000000 + parsed.time % 1_000_000
        check_kinds(parsed)


@PARSERS
def test_samples_name_entities_and_log_source(parser: Parser) -> None:
    for sample in parser.samples:
        parsed = Normaliser().parse(Record(sample))
        assert isinstance(parsed, Parsed)
        assert {"user.name", "source.ip", "host.name", "process.name", "container.id"} & parsed.ecs.keys()
        if parser.name != "json":
            assert parsed.logsource.product or parsed.logsource.service
        assert parsed.ecs["event.dataset"]
        assert parsed.ecs["event.module"]


@PARSERS
def test_values_of_the_wrong_type_never_break_a_parser(parser: Parser) -> None:
    for sample in parser.samples:
        for data in mutated(json.loads(sample)):
            record = Record(json.dumps(data), data)
            if not parser.accepts(record):
                continue
            try:
                parsed = parser.parse(record)
            except ParseError:
                continue
            check_kinds(parsed)


def test_what_only_looks_like_a_format_goes_to_the_fallback() -> None:
    parsed = Normaliser().parse(Record('{"EventID":"many","Channel":"Security","user":"mia"}'))
    assert isinstance(parsed, Parsed)
    assert parsed.parser == "json"
    assert parsed.ecs["user.name"] == "mia"


def test_what_is_remembered_stays_small_whatever_comes() -> None:
    def feed(number: int) -> None:
        long = f"{number:06}" * 50_000
        data = {
            "EventID": 1,
            "Channel": long,
            "SourceName": long,
            "Hostname": long,
            "User": f"D\\{long}",
            "UtcTime": "2026-03-01 08:00:00" + long,
            "SourceIp": long,
            "SourceHostname": long,
            "_path": long,
        }
        assert isinstance(normaliser.parse(Record(json.dumps(data), data)), Parsed)

    normaliser = Normaliser()
    feed(0)
    tracemalloc.start()
    for number in range(1, 9):
        feed(number)
    gc.collect()
    left = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert left < 300_000


def check_kinds(parsed: Parsed) -> None:
    """Every ECS name is in the table and its value is of the field's kind; native values are flat."""
    for name, value in parsed.ecs.items():
        assert type(value) is TYPES[FIELDS[name].kind], (name, value)
        if FIELDS[name].kind is Kind.LONG:
            assert -(1 << 63) <= value < 1 << 63, (name, value)  # type: ignore[operator]
        if isinstance(value, list):
            assert all(type(item) is str for item in value), (name, value)
    for name, value in parsed.fields.items():
        assert type(name) is str
        assert not isinstance(value, dict), name


def mutated(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the record with one value, at any depth, replaced by something odd, or gone."""
    for path in paths(data):
        for odd in (*ODD, ...):
            changed = copy.deepcopy(data)
            here: Any = changed
            for part in path[:-1]:
                here = here[part]
            if odd is ...:
                del here[path[-1]]
            else:
                here[path[-1]] = odd
            yield changed


def paths(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*before, key)
        yield from paths(inner, (*before, key))
