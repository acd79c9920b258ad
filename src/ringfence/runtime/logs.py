"""Logging: names and fields, JSON lines away from a terminal, secrets blacked out."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRET_NAMES = frozenset({"password", "secret", "token", "authorization", "cookie", "api_key", "key"})


def _black_out(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name in event:
        if name.lower() in _SECRET_NAMES:
            event[name] = "***"
    return event


def set_up_logs(level: str = "info") -> None:
    """Send log lines to standard error from `level` up."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    on_terminal = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _black_out,
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
            if on_terminal
            else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr),  # as it is now: it may be another one later
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=max(number, logging.WARNING), stream=sys.stderr, force=True)
