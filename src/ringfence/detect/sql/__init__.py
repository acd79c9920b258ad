"""Rules as SQL over stored events: hunts, backtests, retro-detection and the filling of gaps."""

from ringfence.detect.sql.backfill import BackFill
from ringfence.detect.sql.compile import compile_rule, compile_rules, matching_any
from ringfence.detect.sql.history import backtest, retro_detect
from ringfence.detect.sql.model import Backtest, Day, Findings, Retro, Touched
from ringfence.detect.sql.paste import read_rule, sigma_to_sql

__all__ = [
    "BackFill",
    "Backtest",
    "Day",
    "Findings",
    "Retro",
    "Touched",
    "backtest",
    "compile_rule",
    "compile_rules",
    "matching_any",
    "read_rule",
    "retro_detect",
    "sigma_to_sql",
]
