"""Regular expressions of rules, run by an engine that needs linear time.

RE2 never backtracks, so no expression can hang on any value. What it cannot express (look-around, back-references)
is refused when the rule is loaded. Its dialect is also that of ClickHouse, so a hunt in SQL means the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import re2

MAX_LENGTH = 4096
"""Longest expression that is accepted, in characters."""

_MAX_PROGRAM = 1 << 20
"""Bytes of memory for one compiled expression; a repetition that needs more is refused."""

_LONG_LINE = re.compile(r"\.\{([0-9]{1,4}),\}")
_LOOKAROUND = re.compile(r"\(\?<?[=!]")
_BACKREFERENCE = re.compile(r"(?<!\\)(?:\\\\)*\\[1-9]")


class ExpressionError(ValueError):
    """The expression cannot be run; the message says why."""


@lru_cache(maxsize=16384)
def compiled(pattern: str, flags: str) -> Any:
    """Return the compiled RE2 expression, for texts in UTF-8. Raises `ExpressionError`."""
    if len(pattern) > MAX_LENGTH:
        raise ExpressionError(f"regular expression is longer than {MAX_LENGTH} characters")
    options: Any = re2.Options()
    options.max_mem = _MAX_PROGRAM
    options.log_errors = False
    options.never_capture = True  # only whether it matches is asked: the engine's fastest way
    source = f"(?{flags}){pattern}" if flags else pattern
    try:
        return re2.compile(source.encode("utf-8"), options)
    except re2.error as error:
        raise ExpressionError(_reason(pattern, error)) from None
    except UnicodeEncodeError:
        raise ExpressionError("regular expression holds half a surrogate pair") from None


@lru_cache(maxsize=16384)
def finder(pattern: str, flags: str) -> Callable[[str], bool]:
    """Return a function that tells whether a text holds the expression anywhere. Raises `ExpressionError`."""
    search = compiled(pattern, flags).search
    if (counted := _LONG_LINE.fullmatch(pattern)) and int(counted[1]) > 0:
        # A counted repetition is the one thing that RE2 is slow at (0.3 ms), and this is a question of length.
        length, dot_all = int(counted[1]), "s" in flags
        return lambda text: len(text) >= length and (dot_all or any(len(line) >= length for line in text.split("\n")))

    def find(text: str) -> bool:
        # Given bytes, the engine's wrapper does not count characters; half a surrogate pair becomes `?`.
        return search(text.encode("utf-8", "replace")) is not None

    return find


def _reason(pattern: str, error: Exception) -> str:
    detail = error.args[0] if error.args else error
    text = detail.decode("utf-8", "replace") if isinstance(detail, bytes) else str(detail)
    if _LOOKAROUND.search(pattern):
        text += "; look-around cannot be run in linear time"
    elif _BACKREFERENCE.search(pattern):
        text += "; a back-reference cannot be run in linear time"
    elif "too large" in text or "repetition size" in text:
        text += "; its repetitions need too much memory"
    return f"regular expression is refused: {text}"
