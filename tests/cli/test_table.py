from __future__ import annotations

import io

import pytest
from rich.console import Console

from ringfence.cli.detail import print_detail
from ringfence.cli.table import Column, one_line, print_table

COLUMNS = (Column("id", whole=True), Column("count", right=True), Column("rule"))
ROWS = [("a1b2c3d4e5f6", "7", "A rule with a rather long title that no terminal of forty columns holds")]


def piped(write: object) -> str:
    stream = io.StringIO()
    write(Console(file=stream, width=40, soft_wrap=True, highlight=False))  # type: ignore[operator]
    return stream.getvalue()


def test_in_a_pipe_a_row_is_a_line() -> None:
    assert piped(lambda console: print_table(console, COLUMNS, [*ROWS, ("z", "1,234", "例え")])) == (
        "id            count  rule\n"
        "a1b2c3d4e5f6      7  A rule with a rather long title that no terminal of forty columns holds\n"
        "z             1,234  例え\n"
    )


def test_on_a_narrow_terminal_the_id_is_whole() -> None:
    stream = io.StringIO()
    print_table(Console(file=stream, width=30, force_terminal=True, color_system=None), COLUMNS, ROWS)
    lines = stream.getvalue().splitlines()
    assert lines[1].startswith("a1b2c3d4e5f6      7  A rule")
    assert len(lines) > 3
    assert max(map(len, lines)) <= 30


def test_on_a_terminal_that_is_far_too_narrow_the_id_is_still_whole() -> None:
    stream = io.StringIO()
    columns = (Column("id", whole=True), Column("rule"), Column("incident", whole=True))
    rows = [("a1b2c3d4e5f6", "A rule", "INC-2026-0001")]
    print_table(Console(file=stream, width=20, force_terminal=True, color_system=None), columns, rows)
    assert "a1b2c3d4e5f6" in stream.getvalue()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("two\r\nlines\tand tab", "two  lines and tab"),
        ("\x1b[31mred\x1b]0;title\x07", "\\x1b[31mred\\x1b]0;title\\x07"),
        ("\x9b2J", "\\x9b2J"),
        ("gpj.\u202eexe", "gpj.\\u202eexe"),
        ("例え é", "例え é"),
    ],
)
def test_what_logs_hold_moves_no_cursor(text: str, shown: str) -> None:
    assert one_line(text) == shown


def test_markup_in_a_cell_is_text() -> None:
    rows = [("[bold]x[/]", "1", "[/nothing]")]
    for terminal in (False, True):
        stream = io.StringIO()
        console = Console(file=stream, width=80, force_terminal=terminal, color_system=None)
        print_table(console, COLUMNS, rows)
        assert "[bold]x[/]      1  [/nothing]" in stream.getvalue()


INCIDENT = {
    "id": "INC-2026-0001",
    "title": "Brute force",
    "reasons": ["The important system web-01 was attacked", "It is reached from the internet"],
    "override": None,
    "assignee": None,
    "tactics": ["credential-access", "persistence"],
    "first_event": 1_700_000_000_000_000,
    "signal_count": 1234,
    "entities": {"host": ["web-01"], "user": ["mia", "noah"], "process": []},
    "assets": [{"name": "web-01", "importance": "important", "asset_id": "77", "owner": "", "department": "IT"}],
    "timeline": [
        {
            "time": 1_700_000_000_000_000, "until": 1_700_000_001_000_000,
            "alert_id": "72c3d557270e0cff39cbf2193f1d78bb", "level": "low", "tactic": "", "what": "Failed \x1b[2J",
        }
    ],
    "joins": [{"alert_id": "72c3d557270e0cff39cbf2193f1d78bb", "at": 1_700_000_000_000_000, "score": 0.95,
               "reasons": ["Same host web-01", "Same user mia"]}],
    "merged_into": None,
}  # fmt: skip


def test_an_incident_for_people() -> None:
    assert (
        piped(lambda console: print_detail(console, INCIDENT))
        == """\
id            INC-2026-0001
title         Brute force
tactics       credential-access, persistence
first event   2023-11-14 22:13:20 UTC
signal count  1,234

reasons
  The important system web-01 was attacked
  It is reached from the internet

entities
  host  web-01
  user  mia, noah

assets
  name    importance  department
  web-01  important   IT

timeline
  time                     level  what            alert id
  2023-11-14 22:13:20 UTC  low    Failed \\x1b[2J  72c3d557270e

joins
  at                       score  alert id      reasons
  2023-11-14 22:13:20 UTC   0.95  72c3d557270e  Same host web-01; Same user mia
"""
    )
