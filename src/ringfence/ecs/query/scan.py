"""Characters of a query to words: quotes, escapes, wildcards and positions."""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.core.errors import QueryError
from ringfence.ecs.query.ast import Pattern, Wild

_ESCAPABLE = frozenset('\\*?"():')
_WILD = {"*": Wild.MANY, "?": Wild.ONE}


@dataclass(frozen=True, slots=True)
class Word:
    """A run of quoted and bare pieces: what it says, where it stood, and whether all of it was in quotes."""

    pattern: Pattern
    start: int
    end: int
    quoted: bool
    plain: str | None
    """The characters as typed where nothing was quoted, escaped or wild; such a word can be an operator or number."""


class Scanner:
    """Reads a query from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def error(self, message: str, start: int, length: int = 1, remedy: str = "") -> QueryError:
        """Return the error for a place in this query."""
        return QueryError(message, query=self.text, position=start, length=max(1, length), remedy=remedy)

    def skip(self) -> None:
        """Go to the next character that is no white space."""
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def peek(self, ahead: int = 0) -> str:
        """Return a character without taking it; empty at the end."""
        place = self.at + ahead
        return self.text[place] if place < len(self.text) else ""

    def take(self, expected: str) -> bool:
        """Take the text if it stands here."""
        if self.text.startswith(expected, self.at):
            self.at += len(expected)
            return True
        return False

    def operator(self, name: str) -> bool:
        """Take an operator such as AND if it stands here as a word of its own."""
        after = self.at + len(name)
        if not self.text.startswith(name, self.at):
            return False
        if after < len(self.text) and not (self.text[after].isspace() or self.text[after] in "()"):
            return False
        self.at = after
        return True

    def word(self, stops: str) -> Word:
        """Take a word up to white space or one of the stops; it may be empty."""
        start = self.at
        parts: list[str | Wild] = []
        bare = only_quotes = True
        while (c := self.peek()) and not c.isspace() and c not in stops:
            if c == '"':
                bare = False
                _add(parts, self._phrase())
                continue
            only_quotes = False
            self.at += 1
            if c == "\\" and self._escapes(self.peek()):
                bare = False
                _add(parts, self.peek())
                self.at += 1
            elif c in _WILD:
                bare = False
                _add_wild(parts, _WILD[c])
            else:
                _add(parts, c)
        plain = self.text[start : self.at] if bare else None
        return Word(Pattern(tuple(parts)), start, self.at, only_quotes and self.at > start, plain)

    def until(self, stop: str) -> str | None:
        """Return the text up to an unescaped stop character and go behind it; None (nothing taken) without one."""
        place = self.at
        found: list[str] = []
        while place < len(self.text):
            c = self.text[place]
            if c == "\\" and place + 1 < len(self.text):
                pair = self.text[place : place + 2]
                found.append(stop if pair[1] == stop else pair)
                place += 2
                continue
            if c == stop:
                self.at = place + 1
                return "".join(found)
            found.append(c)
            place += 1
        return None

    def _escapes(self, c: str) -> bool:
        return bool(c) and (c in _ESCAPABLE or c.isspace())

    def _phrase(self) -> str:
        start = self.at
        self.at += 1
        found: list[str] = []
        while c := self.peek():
            self.at += 1
            if c == '"':
                return "".join(found)
            if c == "\\" and self.peek() and self.peek() in '\\"':
                c = self.peek()
                self.at += 1
            found.append(c)
        raise self.error(
            "this quote is never closed",
            start,
            remedy='close it; a backslash before a quote makes it text, so a path ends in \\\\"',
        )


def _add(parts: list[str | Wild], text: str) -> None:
    if not text:
        return
    if parts and not isinstance(parts[-1], Wild):
        parts[-1] += text
    else:
        parts.append(text)


def _add_wild(parts: list[str | Wild], wild: Wild) -> None:
    if not (parts and parts[-1] is Wild.MANY and wild is Wild.MANY):
        parts.append(wild)
