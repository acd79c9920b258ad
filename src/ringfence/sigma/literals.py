"""Texts that a regular expression needs: whoever matches it holds one of them.

A reader of the common part of the syntax. Whatever it does not know for sure counts as "anything", so a result may be
weaker than possible, never wrong. Texts are case-folded, because they are looked for in folded text.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from ringfence.sigma.values import fold

Choice = tuple[str, ...]
"""Alternatives: at least one of them is in every matching text."""

MAX_ALTERNATIVES = 64

_ENDLESS = "*?{"
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}


class _UnknownError(Exception):
    pass


@dataclass(slots=True)
class _Piece:
    """One item of a sequence: an exact character (folded), or choices that it needs."""

    exact: str | None
    needs: tuple[Choice, ...] = ()


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.text = pattern
        self.at = 0

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self) -> str:
        character = self.peek()
        if not character:
            raise _UnknownError
        self.at += 1
        return character

    def alternation(self) -> tuple[Choice, ...]:
        branches = [self.sequence()]
        while self.peek() == "|":
            self.take()
            branches.append(self.sequence())
        if len(branches) == 1:
            return branches[0]
        if not all(branches):
            return ()
        best = [max(branch, key=strength) for branch in branches]
        merged = tuple(dict.fromkeys(text for choice in best for text in choice))
        return (merged,) if len(merged) <= MAX_ALTERNATIVES else ()

    def sequence(self) -> tuple[Choice, ...]:
        found: list[Choice] = []
        run = ""
        while self.peek() not in ("", "|", ")"):
            piece = self.piece()
            optional, repeated = self.quantifier()
            if piece.exact is not None and not optional:
                run += piece.exact
                if not repeated:
                    continue
            if run:
                found.append((run,))
            run = ""
            if not optional:
                found += piece.needs
        if run:
            found.append((run,))
        return tuple(found)

    def quantifier(self) -> tuple[bool, bool]:
        """Whether the last piece may be absent, and whether it may come several times."""
        optional = repeated = False
        while self.peek() and self.peek() in "*+?{":
            character = self.take()
            repeated = True
            optional = optional or character in _ENDLESS
            if character == "{":
                self.skip_count()
        return optional, repeated

    def skip_count(self) -> None:
        end = self.text.find("}", self.at)
        inside = self.text[self.at : end] if end >= 0 else ""
        if not inside or not inside.replace(",", "").isdigit():
            raise _UnknownError  # a brace that stands for itself
        self.at = end + 1

    def piece(self) -> _Piece:
        character = self.take()
        match character:
            case "\\":
                return self.escape()
            case "[":
                return self.character_class()
            case "(":
                return self.group()
            case "." | "^" | "$":
                return _Piece(None)
            case _:
                return _Piece(fold(character))

    def escape(self) -> _Piece:
        character = self.take()
        if character in _ESCAPED:
            return _Piece(_ESCAPED[character])
        if not character.isalnum():
            return _Piece(fold(character))
        if character in "dDwWsSbBAz":
            return _Piece(None)
        raise _UnknownError

    def character_class(self) -> _Piece:
        members: list[str] = []
        is_plain = self.peek() not in "^[]"
        while (character := self.take()) != "]" or not members:
            if character == "\\":
                character = self.take()
                is_plain = is_plain and not character.isalnum()
            elif character in "[-":
                is_plain = False
            members.append(fold(character))
        if is_plain and len(set(members)) == 1:
            return _Piece(members[0])  # [Aa]
        return _Piece(None)

    def group(self) -> _Piece:
        if self.peek() == "?":
            self.take()
            kind = self.take()
            if kind == "P":
                self.at = self.text.index(">", self.at) + 1
            elif kind != ":":
                while kind in "imsU-":
                    kind = self.take()
                if kind == ")":
                    return _Piece(None)
                if kind != ":":
                    raise _UnknownError
        inside = self.alternation()
        if self.take() != ")":
            raise _UnknownError
        return _Piece(None, inside)


def strength(choice: Choice) -> float:
    """Rough value of a set of alternatives: long and few is good."""
    return min(map(len, choice), default=0) - 0.2 * len(choice)


@lru_cache(maxsize=4096)
def all_needed(pattern: str) -> tuple[Choice, ...]:
    """Return choices of folded texts: of each of them one text is in every text that matches."""
    reader = _Reader(pattern)
    try:
        choices = reader.alternation()
    except (_UnknownError, ValueError, RecursionError):
        return ()
    if reader.at != len(pattern):
        return ()
    return tuple(dict.fromkeys(choice for choice in choices if all(choice)))


def needed(pattern: str) -> Choice | None:
    """Return the strongest of these choices, or None where nothing can be said."""
    return max(all_needed(pattern), key=strength, default=None)
