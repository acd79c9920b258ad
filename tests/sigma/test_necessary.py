"""Which texts make a rule a candidate."""

from __future__ import annotations

import pytest

from ringfence.sigma.necessary import Atom, Kind, clauses, every, fixed
from ringfence.sigma.tree import And, Exists, FieldRef, Glob, Leaf, Node, Not, Null, Or, Place, Regex, Text, Wildcard

A = Leaf("a", Text("Long text"))
B = Leaf("b", Text("x", Place.CONTAINS))
ANY = Wildcard.ANY


def by_length(atom: Atom) -> float:
    return 1.0 if atom.kind is Kind.PRESENT else 1 / (1 + len(atom.text))


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (A, (Atom("a", Kind.EQUALS, "long text"),)),
        (And((B, A)), (Atom("a", Kind.EQUALS, "long text"),)),
        (Or((B, A)), (Atom("b", Kind.CONTAINS, "x"), Atom("a", Kind.EQUALS, "long text"))),
        (Or((A, Not(B))), None),
        (And((A, Not(B))), (Atom("a", Kind.EQUALS, "long text"),)),
        (Not(Not(A)), (Atom("a", Kind.EQUALS, "long text"),)),
        (Not(A), None),
        (Or(()), ()),
        (And(()), None),
        (Leaf("a", Null()), None),
        (Not(Leaf("a", Null())), (Atom("a", Kind.PRESENT),)),
        (Leaf("a", Exists(True)), (Atom("a", Kind.PRESENT),)),
        (Leaf("a", Exists(False)), None),
        (Leaf("a", Text("")), (Atom("a", Kind.PRESENT),)),
        (Leaf("a", FieldRef("b")), (Atom("a", Kind.PRESENT),)),
        (Leaf("a", Glob(("p", "middle", ""), (ANY, ANY))), (Atom("a", Kind.CONTAINS, "middle"),)),
        (Leaf("a", Glob(("prefix", "m", "s"), (ANY, ANY))), (Atom("a", Kind.STARTSWITH, "prefix"),)),
        (Leaf("a", Glob(("", ""), (ANY,))), (Atom("a", Kind.PRESENT),)),
        (Leaf(None, Glob(("", "abc", ""), (ANY, ANY))), (Atom(None, Kind.CONTAINS, "abc"),)),
        (Leaf("a", Regex(r"^\d+foo|bar")), (Atom("a", Kind.CONTAINS, "foo"), Atom("a", Kind.CONTAINS, "bar"))),
        (Leaf("a", Regex(r"\d+")), (Atom("a", Kind.PRESENT),)),
        (Leaf(None, Regex(r"\d+")), None),
    ],
)
def test_the_cheapest_clause(node: Node, expected: tuple[Atom, ...] | None) -> None:
    assert next(iter(clauses(node, by_length)), None) == expected


def test_clauses_come_cheapest_first_and_branch_by_branch() -> None:
    long, short = Atom("a", Kind.EQUALS, "long text"), Atom("b", Kind.CONTAINS, "x")
    assert clauses(And((A, B)), by_length) == [(long,), (short,)]
    assert clauses(Or((And((A, B)), B)), by_length) == [(short,), (long, short)]


def test_every_names_all_that_could_be_chosen() -> None:
    found = list(every(And((A, Or((B, Not(A)))))))
    assert found == [
        Atom("a", Kind.EQUALS, "long text"),
        Atom("a", Kind.PRESENT),
        Atom("b", Kind.CONTAINS, "x"),
        Atom("b", Kind.PRESENT),
    ]


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (Leaf("id", Text("1")), {"id": {"1"}}),
        (Or((Leaf("id", Text("1")), Leaf("id", Text("A")))), {"id": {"1", "a"}}),
        (And((Leaf("id", Text("1")), B, Or((Leaf("x", Text("2")), A)))), {"id": {"1"}}),
        (Or((And((Leaf("id", Text("1")), A)), Leaf("id", Text("2")))), {"id": {"1", "2"}}),
        (And((Leaf("id", Text("1")), Leaf("id", Text("2")))), {"id": set()}),
        (Or((Leaf("id", Text("1")), B)), {}),
        (Not(Leaf("id", Text("1"))), {}),
        (Leaf("id", Text("1", Place.CONTAINS)), {}),
        (Or(()), {}),
    ],
)
def test_fixed(node: Node, expected: dict[str, set[str]]) -> None:
    assert fixed(node) == expected
