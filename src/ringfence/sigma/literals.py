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
    """One item of a sequence: an exact character (folded), or what it needs (may be nothing)."""

    exact: str | None
    needs: Choice | None


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

    def alternation(self) -> Choice | None:
        branches = [self.sequence()]
        while self.peek() == "|":
            self.take()
            branches.append(self.sequence())
        if any(branch is None for branch in branches):
            return None
        merged = tuple(dict.fromkeys(text for branch in branches if branch for text in branch))
        return merged if len(merged) <= MAX_ALTERNATIVES else None

    def sequence(self) -> Choice | None:
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
            if piece.needs and not optional:
                found.append(piece.needs)
        if run:
            found.append((run,))
        return max(found, key=strength, default=None)

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
                return _Piece(None, None)
            case _:
                return _Piece(fold(character), None)

    def escape(self) -> _Piece:
        character = self.take()
        if character in _ESCAPED:
            return _Piece(_ESCAPED[character], None)
        if not character.isalnum():
            return _Piece(fold(character), None)
        if character in "dDwWsSbBAz":
            return _Piece(None, None)
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
            return _Piece(members[0], None)  # [Aa]
        return _Piece(None, None)

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
                    return _Piece(None, None)
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
def needed(pattern: str) -> Choice | None:
    """Return folded texts of which one is in every text that matches, or None where nothing can be said."""
    reader = _Reader(pattern)
    try:
        choice = reader.alternation()
        return choice if reader.at == len(pattern) else None
    except (_UnknownError, ValueError, RecursionError):
        return None
