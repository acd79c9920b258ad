"""Tree to text and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.core.errors import QueryError
from ringfence.ecs.query import parse, write
from ringfence.ecs.query.ast import (
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
    Not,
    Pattern,
    Regex,
    Wild,
    both,
    either,
)

# No line ends of all kinds: text with them is covered, names are one line.
words = st.text(min_size=1, max_size=12).filter(lambda s: s.isprintable())
names = words.filter(lambda s: not s.startswith("fields."))


def joined(parts: list[str | Wild]) -> Pattern:
    made: list[str | Wild] = []
    for part in parts:
        if made and not isinstance(part, Wild) and not isinstance(made[-1], Wild):
            made[-1] += part
        elif not (made and part is Wild.MANY and made[-1] is Wild.MANY):
            made.append(part)
    return Pattern(tuple(made))


patterns = st.lists(st.one_of(st.text(min_size=1, max_size=8), st.sampled_from(Wild)), max_size=4).map(joined)
texts = st.sampled_from(["user.name", "process.command_line", "rules", "event.category", "logsource.product", "raw"])
targets = st.one_of(texts, names.map(Native))
numbers = st.one_of(st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False))
leaves = st.one_of(
    st.just(Everything()),
    patterns.filter(lambda p: p.parts and p.parts[0] is not Wild.MANY and p.parts[-1] is not Wild.MANY).map(Free),
    st.builds(Match, targets, patterns.filter(lambda p: p.parts != (Wild.MANY,))),
    st.builds(Exists, targets),
    st.builds(Compare, st.one_of(targets, st.just("source.port")), st.sampled_from(Comparison), numbers),
    st.builds(InNetwork, st.one_of(st.just("source.ip"), names.map(Native)), st.sampled_from(["10.0.0.0/8", "::/3"])),
    st.builds(Regex, targets, st.sampled_from(["a+b", "a/b", r"^\d{3} [x-z]$", r"\\"])),
    st.builds(Moment, st.just("@timestamp"), st.sampled_from([None, *Comparison]), st.sampled_from(["now-1h", "now"])),
    st.builds(Last, st.integers(1, 10**9)),
)


def grown(inner: st.SearchStrategy) -> st.SearchStrategy:
    several = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(several.map(both), several.map(either), inner.map(Not))


trees = st.recursive(leaves, grown, max_leaves=6)


@given(trees)
def test_reads_back_as_the_same_tree(tree):
    assert parse(write(tree)) == tree


@given(st.text(alphabet='ab*?":()[]{}/\\-! ><=.@now1TOANDRlast', max_size=30))
def test_whatever_is_read_is_written_and_read_again(text):
    try:
        tree = parse(text)
    except QueryError as error:
        caught = error
    else:
        assert parse(write(tree)) == tree
        return
    assert 0 <= caught.position <= len(text)
    assert caught.remedy


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("a b OR c", '("a" AND "b") OR "c"'),
        ("user.name:adm*", 'user.name:"adm"*'),
        ("NOT (a b)", 'NOT ("a" AND "b")'),
        ('"Account Name":x', '"Account Name":"x"'),
        ("fields.source:x", 'fields.source:"x"'),
        ("last:1h", "last:3600s"),
        ("x:[1 TO 5}", "x:>=1 AND x:<5"),
    ],
)
def test_writes(query, text):
    assert write(parse(query)) == text
