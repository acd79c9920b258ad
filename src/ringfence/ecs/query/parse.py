"""The query language: text to tree. See `docs` of `parse` for the grammar."""

from __future__ import annotations

import math
from ipaddress import ip_network

from ringfence.core.errors import QueryError
from ringfence.ecs.fields import Kind
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
    Node,
    Not,
    Pattern,
    Regex,
    Target,
    Wild,
    both,
    either,
)
from ringfence.ecs.query.names import LAST, TIMES, intended, kind_of, resolve
from ringfence.ecs.query.scan import Scanner, Word
from ringfence.ecs.query.times import seconds_of, span_of

MAX_LENGTH = 4096
MAX_DEPTH = 24
MAX_NODES = 256
_MAX_REGEX = 256
_COMPARISONS = (Comparison.GTE, Comparison.LTE, Comparison.GT, Comparison.LT)


def parse(text: str) -> Node:
    """Return the tree of a query; raises `QueryError` with the place of the mistake and what to write instead.

    `a b` and `a AND b` both; `a OR b`; `NOT a`, `-a`, `!a`; `( )`. A term is free text (`mimikatz`, `"two words"`:
    the record contains it) or `field:value`, where value is a word with `*` and `?`, a quoted phrase, `>=10`,
    `[1 TO 5]`, `{1 TO *]` (curly: without the end), `10.0.0.0/8`, `/regex/`, `*` (exists) or `(a OR b)`. Letters
    compare without case. Quotes and wildcards join: `*"two words"*`. A backslash takes the meaning of `* ? " ( ) : \\`
    and of white space; before anything else it is a backslash. `last:24h`, `@timestamp:>=now-1h`,
    `@timestamp:2026-03-01`. Names that are neither ECS nor of the envelope are fields of the source itself;
    `fields.NAME` always is.
    """
    if len(text) > MAX_LENGTH:
        message = f"the query has {len(text)} characters, at most {MAX_LENGTH} are read"
        raise QueryError(message, query=text[:MAX_LENGTH], position=MAX_LENGTH - 1, remedy="shorten it")
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self.scan = Scanner(text)
        self.nodes = 0
        self.depth = 0

    def whole(self) -> Node:
        self.scan.skip()
        if not self.scan.peek():
            return Everything()
        node = self._either(None)
        if self.scan.peek():
            raise self.scan.error("this parenthesis closes nothing", self.scan.at, remedy="remove it")
        return node

    def _either(self, field: Target | None) -> Node:
        nodes = [self._both(field)]
        while self._joined("OR", "||"):
            nodes.append(self._both(field))
        return either(nodes)

    def _both(self, field: Target | None) -> Node:
        nodes = [self._unary(field)]
        while True:
            named = self._joined("AND", "&&")
            if not named and (self.scan.peek() in ("", ")") or self._ahead("OR", "||")):
                return both(nodes)
            nodes.append(self._unary(field))

    def _joined(self, name: str, sign: str) -> bool:
        self.scan.skip()
        return self.scan.operator(name) or self.scan.take(sign)

    def _ahead(self, name: str, sign: str) -> bool:
        place = self.scan.at
        found = self._joined(name, sign)
        self.scan.at = place
        return found

    def _unary(self, field: Target | None) -> Node:
        scan = self.scan
        scan.skip()
        start = scan.at
        self._count(start)
        if scan.operator("NOT") or (
            scan.peek() in ("-", "!") and self._starts(scan.peek(1)) and scan.take(scan.peek())
        ):
            self._deeper(start)
            node = Not(self._unary(field))
            self.depth -= 1
            return node
        if scan.take("("):
            self._deeper(start)
            node = self._either(field)
            if not scan.take(")"):
                raise scan.error("this parenthesis is never closed", start, remedy="add )")
            self.depth -= 1
            return node
        for name, sign in (("AND", "&&"), ("OR", "||")):
            if self._ahead(name, sign):
                raise scan.error(
                    f"{name} needs a term on both sides", start, len(name), f'quote it to search for "{name}"'
                )
        if scan.peek() in ("", ")"):
            raise scan.error("a term is missing here", max(0, start - 1), remedy="add a word or remove the operator")
        return self._value(field) if field is not None else self._term()

    @staticmethod
    def _starts(c: str) -> bool:
        return bool(c) and not c.isspace() and c != ")"

    def _count(self, start: int) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise self.scan.error(f"more than {MAX_NODES} terms", start, remedy="split the query")

    def _deeper(self, start: int) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.scan.error(f"nested deeper than {MAX_DEPTH}", start, remedy="write it flatter")

    def _term(self) -> Node:
        start = self.scan.at
        word = self.scan.word("():")
        if (
            self.scan.peek() == ":"
            and self.scan.peek(1) == "\\"
            and (word.plain or "").isalpha()
            and word.end == start + 1
        ):
            self.scan.at = start  # C:\Users is a path and no field named C
            word = self.scan.word("()")
        elif self.scan.peek() == ":":
            self.scan.at += 1
            return self._of_field(word)
        self._no_neighbour(word)
        return _free(word.pattern)

    def _of_field(self, word: Word) -> Node:
        name = word.pattern.literal
        length = max(1, word.end - word.start)
        if not name:
            message = "a field name is needed before the colon" if name == "" else "a field name holds no wildcard"
            raise self.scan.error(message, word.start, length, "put quotes around text with a colon")
        if name == LAST:
            return self._last()
        slip = intended(name)
        field = resolve(name)
        if slip is not None and isinstance(field, Native):
            remedy = f"did you mean {slip}? (fields.{name} names the field of the source itself)"
            raise self.scan.error(f"unknown field {name}", word.start, length, remedy)
        if self.scan.peek() == "" or self.scan.peek().isspace():
            raise self.scan.error(f"{name}: needs a value", word.start, length + 1, f"{name}:* finds where it exists")
        if self.scan.peek() == "(":
            return self._unary(field)
        return self._value(field)

    def _last(self) -> Node:
        word = self.scan.word("()")
        seconds = seconds_of(word.plain or "")
        if seconds is None:
            raise self.scan.error("last: needs a duration", word.start, word.end - word.start, "last:24h, last:7d")
        return Last(seconds)

    def _value(self, field: Target) -> Node:
        scan = self.scan
        if scan.peek() in ("[", "{"):
            ranged = self._range(field)
            if ranged is not None:
                return ranged
        if scan.peek() == "/" and field not in TIMES:
            found = self._regex(field)
            if found is not None:
                return found
        for op in _COMPARISONS:
            if scan.take(op):
                return self._compare(field, op, scan.word("()"))
        word = scan.word("()")
        self._no_neighbour(word)
        return self._equal(field, word)

    def _equal(self, field: Target, word: Word) -> Node:
        if word.pattern.parts == (Wild.MANY,):
            return Exists(field)
        if field in TIMES:
            return self._moment(field, None, word)
        literal = word.pattern.literal
        if kind_of(field) in (Kind.LONG, Kind.DOUBLE) and literal is not None and _number(literal) is None:
            message = f"{field} holds numbers, {literal!r} is none"
            raise self.scan.error(message, word.start, word.end - word.start, f"{field}:22 or {field}:>=1024")
        if word.plain is not None and "/" in word.plain and kind_of(field) in (None, Kind.IP) and _network(word.plain):
            return InNetwork(field, word.plain)
        return Match(field, word.pattern)

    def _compare(self, field: Target, op: Comparison, word: Word) -> Node:
        if field in TIMES:
            return self._moment(field, op, word)
        number = _number(word.pattern.literal or "")
        if number is None:
            shown = self.scan.text[word.start : word.end]
            message = f"{op.value} compares numbers, {shown!r} is none" if shown else f"{op.value} needs a number"
            raise self.scan.error(
                message, word.start, word.end - word.start, "put quotes around it to search for the text"
            )
        return Compare(field, op, number)

    def _moment(self, field: Target, op: Comparison | None, word: Word) -> Node:
        text = word.pattern.literal or ""
        if not isinstance(field, str) or span_of(text, 0) is None:
            remedy = "write now-1h, 2026-03-01, 2026-03-01T08:00:00Z or seconds since 1970"
            raise self.scan.error(f"{text!r} is no time", word.start, word.end - word.start, remedy)
        return Moment(field, op, text)

    def _range(self, field: Target) -> Node | None:
        """`[a TO b]`; None, with nothing taken, where it is text that starts with a bracket."""
        scan = self.scan
        start = scan.at
        low_op = Comparison.GTE if scan.peek() == "[" else Comparison.GT
        scan.at += 1
        scan.skip()
        low = scan.word("]}()")
        scan.skip()
        if not scan.operator("TO"):
            if scan.peek() and "]" not in scan.text[start:] and "}" not in scan.text[start:]:
                raise scan.error("this range is never closed", start, remedy="[1 TO 5]; quote it if it is text")
            scan.at = start
            return None
        scan.skip()
        high = scan.word("]}()")
        scan.skip()
        if scan.peek() not in ("]", "}") or not scan.peek():
            raise scan.error("this range is never closed", start, scan.at - start, remedy="close it with ] or }")
        high_op = Comparison.LTE if scan.peek() == "]" else Comparison.LT
        scan.at += 1
        ends = [
            self._compare(field, op, word)
            for op, word in ((low_op, low), (high_op, high))
            if word.pattern.parts != (Wild.MANY,)
        ]
        return both(ends) if ends else Exists(field)

    def _regex(self, field: Target) -> Node | None:
        """`/.../` up to white space or the end; None, with nothing taken, for a path such as /etc/passwd."""
        scan = self.scan
        start = scan.at
        scan.at += 1
        expression = scan.until("/")
        if expression is None or not expression or not (scan.peek() in ("", ")") or scan.peek().isspace()):
            scan.at = start
            return None
        if len(expression) > _MAX_REGEX:
            raise scan.error(f"a regex has at most {_MAX_REGEX} characters", start, scan.at - start, "shorten it")
        return Regex(field, expression)

    def _no_neighbour(self, word: Word) -> None:
        if self.scan.peek() == "(":
            length = word.end - word.start + 1
            raise self.scan.error("a parenthesis inside a word", word.start, length, "put quotes around the text")


def _free(pattern: Pattern) -> Node:
    parts = list(pattern.parts)
    while parts and parts[0] is Wild.MANY:
        parts.pop(0)
    while parts and parts[-1] is Wild.MANY:
        parts.pop()
    return Free(Pattern(tuple(parts))) if parts else Everything()


def _number(text: str) -> int | float | None:
    try:
        return int(text) if text.lstrip("-").isdecimal() and text.isascii() else _finite(float(text))
    except ValueError:
        return None


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _network(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True
