"""Query text to tree, and mistakes to places."""

from __future__ import annotations

import pytest

from ringfence.core.errors import QueryError
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
    Not,
    Or,
    Pattern,
    Regex,
    Wild,
)
from ringfence.ecs.query.parse import MAX_DEPTH, MAX_LENGTH, MAX_NODES, parse

MANY, ONE = Wild.MANY, Wild.ONE


def text(*parts: str | Wild) -> Pattern:
    return Pattern(parts)


A, B, C = Free(text("a")), Free(text("b")), Free(text("c"))


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("", Everything()),
        ("  ", Everything()),
        ("*", Everything()),
        ("mimikatz", Free(text("mimikatz"))),
        ("*mimi?atz*", Free(text("mimi", ONE, "atz"))),
        ('"two words"', Free(text("two words"))),
        ('"*"', Free(text("*"))),
        ("a b", And((A, B))),
        ("a AND b", And((A, B))),
        ("a && b", And((A, B))),
        ("a OR b c", Or((A, And((B, C))))),
        ("a || b", Or((A, B))),
        ("(a OR b) c", And((Or((A, B)), C))),
        ("a (b c)", And((A, B, C))),
        ("NOT a", Not(A)),
        ("-a", Not(A)),
        ("!a b", And((Not(A), B))),
        ("a-b", Free(text("a-b"))),
        ("NOTHING", Free(text("NOTHING"))),
        ("and", Free(text("and"))),
        ("user.name:adm*", Match("user.name", text("adm", MANY))),
        ("user.name:*", Exists("user.name")),
        ('user.name:"*"', Match("user.name", text("*"))),
        (r"user.name:a\*b", Match("user.name", text("a*b"))),
        (r"Image:C:\Windows\System32\cmd.exe", Match(Native("Image"), text(r"C:\Windows\System32\cmd.exe"))),
        (r"Image:*\\cmd.exe", Match(Native("Image"), text(MANY, r"\cmd.exe"))),
        (r'Image:"C:\Program Files\x"', Match(Native("Image"), text(r"C:\Program Files\x"))),
        ('CommandLine:*"-enc foo"*', Match(Native("CommandLine"), text(MANY, "-enc foo", MANY))),
        (r"C:\Users\a.exe", Free(text(r"C:\Users\a.exe"))),
        ('"Account Name":x', Match(Native("Account Name"), text("x"))),
        ("fields.source:x", Match(Native("source"), text("x"))),
        ("source:x", Match("source", text("x"))),
        ("rule:r1", Match("rules", text("r1"))),
        ("url.full:http://a/b", Match("url.full", text("http://a/b"))),
        ("source.ip:fe80::1", Match("source.ip", text("fe80::1"))),
        ("source.port:22", Match("source.port", text("22"))),
        ("source.port:>=1024", Compare("source.port", Comparison.GTE, 1024)),
        ("x:<-1.5", Compare(Native("x"), Comparison.LT, -1.5)),
        ("x:[1 TO 5]", And((Compare(Native("x"), Comparison.GTE, 1), Compare(Native("x"), Comparison.LTE, 5)))),
        ("x:{1 TO *]", Compare(Native("x"), Comparison.GT, 1)),
        ("x:[* TO 5}", Compare(Native("x"), Comparison.LT, 5)),
        ("x:[* TO *]", Exists(Native("x"))),
        ("x:[tag]", Match(Native("x"), text("[tag]"))),
        ("source.ip:10.0.0.0/8", InNetwork("source.ip", "10.0.0.0/8")),
        ("c_ip:2001:db8::/32", InNetwork(Native("c_ip"), "2001:db8::/32")),
        ('source.ip:"10.0.0.0/8"', Match("source.ip", text("10.0.0.0/8"))),
        ("file.path:/etc/passwd", Match("file.path", text("/etc/passwd"))),
        ("file.path:/etc.*shadow/", Regex("file.path", "etc.*shadow")),
        (r"file.path:/a\/b c/", Regex("file.path", "a/b c")),
        ("x:(a OR b*)", Or((Match(Native("x"), text("a")), Match(Native("x"), text("b", MANY))))),
        ("x:(a NOT b)", And((Match(Native("x"), text("a")), Not(Match(Native("x"), text("b")))))),
        ("x:(>1 <5)", And((Compare(Native("x"), Comparison.GT, 1), Compare(Native("x"), Comparison.LT, 5)))),
        ("last:24h", Last(86_400)),
        ("fields.last:24h", Match(Native("last"), text("24h"))),
        ("@timestamp:>=now-1h", Moment("@timestamp", Comparison.GTE, "now-1h")),
        ("@timestamp:2026-03-01", Moment("@timestamp", None, "2026-03-01")),
        (
            "received:[2026-03-01T08:00 TO now}",
            And((Moment("received", Comparison.GTE, "2026-03-01T08:00"), Moment("received", Comparison.LT, "now"))),
        ),
    ],
)
def test_reads_as(query, tree):
    assert parse(query) == tree


@pytest.mark.parametrize(
    ("query", "position", "length", "message"),
    [
        ("(a", 0, 1, "this parenthesis is never closed (add ))"),
        ("a)", 1, 1, "this parenthesis closes nothing (remove it)"),
        ("a AND", 4, 1, "a term is missing here (add a word or remove the operator)"),
        ("OR b", 0, 2, 'OR needs a term on both sides (quote it to search for "OR")'),
        ("a ()", 2, 1, "a term is missing here (add a word or remove the operator)"),
        ("x:", 0, 2, "x: needs a value (x:* finds where it exists)"),
        (":x", 0, 1, "a field name is needed before the colon (put quotes around text with a colon)"),
        ("us*r:x", 0, 4, "a field name holds no wildcard (put quotes around text with a colon)"),
        (
            "a user.nmae:x",
            2,
            9,
            "unknown field user.nmae (did you mean user.name? (fields.user.nmae names the field of the source itself))",
        ),
        ("source.port:ssh", 12, 3, "source.port holds numbers, 'ssh' is none (source.port:22 or source.port:>=1024)"),
        ("x:>=abc", 4, 3, ">= compares numbers, 'abc' is none (put quotes around it to search for the text)"),
        ("x:>=nan", 4, 3, ">= compares numbers, 'nan' is none (put quotes around it to search for the text)"),
        ("x:[1 TO 5", 2, 7, "this range is never closed (close it with ] or })"),
        ("foo(bar)", 0, 4, "a parenthesis inside a word (put quotes around the text)"),
        ("last:yesterday", 5, 9, "last: needs a duration (last:24h, last:7d)"),
        (
            "@timestamp:>lunch",
            12,
            5,
            "'lunch' is no time (write now-1h, 2026-03-01, 2026-03-01T08:00:00Z or seconds since 1970)",
        ),
        (
            'x:"a',
            2,
            1,
            'this quote is never closed (close it; a backslash before a quote makes it text, so a path ends in \\\\")',
        ),
    ],
)
def test_points_at_the_mistake(query, position, length, message):
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert (caught.value.position, caught.value.length, str(caught.value)) == (position, length, message)


def test_pointer_shows_the_place():
    with pytest.raises(QueryError) as caught:
        parse("a user.nmae:x")
    assert caught.value.pointer() == "a user.nmae:x\n  ^^^^^^^^^"


def test_is_bounded():
    for query in ("a" * (MAX_LENGTH + 1), "(" * (MAX_DEPTH + 1) + "a", "a " * (MAX_NODES + 1), "-" * MAX_LENGTH + "a"):
        with pytest.raises(QueryError):
            parse(query)
    assert parse("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH) == A


def test_names_that_only_look_like_ecs_are_native():
    assert parse("userIdentity.type:Root") == Match(Native("userIdentity.type"), text("Root"))
    assert parse("dns.rrname:x") == Match(Native("dns.rrname"), text("x"))
