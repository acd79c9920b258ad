"""What `ringfence rules coverage` does; apart, because parsers and kernel take time to import."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import orjson
from jinja2 import Environment, PackageLoader, select_autoescape
from rich.table import Table

from ringfence import drills
from ringfence.cli.output import err, out, print_json
from ringfence.collect.normalise import Normaliser
from ringfence.collect.record import Record
from ringfence.core.errors import UsageError
from ringfence.detect.rules.coverage import Cell, Step, by_tactic, coverage, navigator_layer
from ringfence.detect.rules.try_out import Trial
from ringfence.ecs.event import Parsed
from ringfence.runtime.paths import cache_dir, shipped
from ringfence.sigma import RuleSet, load_rules

_START = 1_772_323_200_000_000
"""2026-03-01T00:00:00Z: the day on which the drills are played, in microseconds."""


def show_coverage(paths: list[Path], *, layer: Path | None, html: Path | None, drill: bool, json_: bool) -> None:
    """Print the techniques, and write the layer and the page that were asked for."""
    folders = paths or [shipped("content") / "rules"]
    for path in folders:
        if not path.exists():
            raise UsageError(f"there is no {path}")
    ruleset = load_rules(folders, cache_dir=cache_dir())
    cells = coverage(ruleset, _played(ruleset) if drill else ())
    if layer is not None:
        _write(layer, orjson.dumps(navigator_layer(cells), option=orjson.OPT_INDENT_2))
    if html is not None:
        _write(html, _page(cells).encode())
    if json_:
        for cell in cells:
            print_json({**asdict(cell), "proven": cell.is_proven})
    elif cells:
        out.print(_table(cells))
    proven = sum(cell.is_proven for cell in cells)
    err.print(f"{len(cells)} techniques claimed, {proven} of them proven by drill")


def _played(ruleset: RuleSet) -> Iterator[Step]:
    """Play each drill through the real parsers and rules; yield its steps with the rules that fired."""
    trial, normaliser = Trial(ruleset), Normaliser()
    made = drills.company(1)
    for scenario in drills.scenarios():
        play = scenario.play(made, _START)
        times: list[int] = []
        events: list[Parsed] = []
        raws: list[str] = []
        steps: list[int] = []
        for record in play.records:
            meta = {"host": record.source, "sourcetype": record.sourcetype, "received": record.time_us + 1_000_000}
            event = normaliser.parse(Record(raw=record.raw, meta=meta))
            if isinstance(event, Parsed):
                times.append(record.time_us)
                events.append(event)
                raws.append(record.raw)
                steps.append(record.step or 0)
        matched, _ = trial.fired(times, events, raws)
        for number, step in enumerate(play.truth.steps, 1):
            fired = {rule for at, rules in zip(steps, matched, strict=True) if at == number for rule in rules}
            yield Step(step.technique, play.truth.title, frozenset(fired))


def _table(cells: list[Cell]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("tactic", "claimed", "proven", "techniques (proven in green)"):
        table.add_column(name, justify="right" if name in {"claimed", "proven"} else "left", overflow="fold")
    for tactic, found in by_tactic(cells).items():
        names = " ".join(f"[green]{c.technique}[/]" if c.is_proven else c.technique for c in found)
        table.add_row(tactic or "none named", str(len(found)), str(sum(c.is_proven for c in found)), names)
    return table


def _page(cells: list[Cell]) -> str:
    environment = Environment(
        loader=PackageLoader("ringfence.cli"), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("coverage.html").render(
        columns=by_tactic(cells), claimed=len(cells), proven=sum(cell.is_proven for cell in cells)
    )


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error
