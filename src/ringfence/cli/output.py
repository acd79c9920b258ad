"""How commands speak: people on a terminal, JSON for programs, exit codes for scripts."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn, ParamSpec, TypeVar

import orjson
import typer
from rich.console import Console

from ringfence.core.errors import InputError, QueryError, RingfenceError, UsageError

FINDINGS, USAGE, BAD_INPUT = 1, 2, 3
"""Exit codes beside 0: findings where a gate was asked for, wrong usage, input that cannot be read."""

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)
"""Lines are as long as they are: a terminal folds them itself, a pipe must not get line ends that mean nothing."""

_P = ParamSpec("_P")
_R = TypeVar("_R")


def print_json(value: Any) -> None:
    """Write one value as a JSON line to standard output."""
    sys.stdout.buffer.write(orjson.dumps(value, default=str, option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()


def fail(error: RingfenceError) -> NoReturn:
    """Say what was wrong in one sentence and leave with the exit code of its kind."""
    if isinstance(error, QueryError):
        err.print(error.pointer(), markup=False)
    err.print(f"ringfence: {error}", style="red", markup=False)
    code = USAGE if isinstance(error, UsageError) else BAD_INPUT if isinstance(error, InputError) else FINDINGS
    raise typer.Exit(code)


def speaks_plainly(command: Callable[_P, _R]) -> Callable[_P, _R]:
    """Turn errors raised on purpose into a sentence and an exit code; a closed pipe ends quietly."""

    @wraps(command)
    def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            return command(*args, **kwargs)
        except RingfenceError as error:
            fail(error)
        except BrokenPipeError:
            sys.stderr.close()
            raise typer.Exit(0) from None
        except OSError as error:
            if error.filename is None:
                raise
            fail(UsageError(f"{error.filename}: {error.strerror}"))
        except KeyboardInterrupt:
            raise typer.Exit(130) from None

    return wrapped
