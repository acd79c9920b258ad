"""How many events per second the Sigma matcher decides: `python -m bench.bench_match --rules DIR --events N`.

Events are decoded anew for every run, outside of the measured time, so that no text was looked at before.
"""

from __future__ import annotations

import argparse
import gc
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from bench.measure import console, peak_mb, table
from bench.sqlite_rules import Scanner, compile_rules
from bench.windows_events import Generator, repetitive
from ringfence.ecs.event import Parsed
from ringfence.ecs.logsource import Logsource
from ringfence.sigma import Matcher, Rule, RuleSet, load_rules
from ringfence.sigma.layout import Names
from ringfence.sigma.reference import holds
from ringfence.sigma.values import View
from ringfence.sigma.verify import Check, Lookup, compile_condition

_BATCH = 1000
_FEW = 500
"""Rules of the row that shows how the cost grows with the number of rules."""


@dataclass(frozen=True, slots=True)
class Packed:
    """Events as JSON, a batch each, and their log sources."""

    batches: tuple[tuple[tuple[Logsource, ...], bytes], ...]
    count: int

    def decoded(self, limit: int | None = None) -> Iterator[list[Parsed]]:
        """Yield the batches as fresh objects; `limit` events at most."""
        left = self.count if limit is None else limit
        for sources, data in self.batches:
            fields = msgspec.json.decode(data)[:left]
            left -= len(fields)
            if fields:
                yield [Parsed("windows", source, None, {}, one) for source, one in zip(sources, fields, strict=False)]


def pack(events: Iterable[Parsed], batch: int = _BATCH) -> Packed:
    """Turn events into JSON."""
    given = list(events)
    parts = [given[start : start + batch] for start in range(0, len(given), batch)]
    batches = [
        (tuple(one.logsource for one in part), msgspec.json.encode([one.fields for one in part])) for part in parts
    ]
    return Packed(tuple(batches), len(given))


Run = Callable[[list[Parsed]], int]


class Report:
    """The table, row by row."""

    def __init__(self, rules: RuleSet) -> None:
        title = f"match: {len(rules.rules)} rules, {len(rules.problems)} problems, one process, one core"
        names = ("what", "rules", "events", "events/s (median)", "first run", "us/event", "matches", "RSS MB", "ratio")
        self._table: Table = table(title, *names)
        self._rows: list[list[str]] = []

    def load(self, what: str, count: int, seconds: float) -> None:
        """Add how long loading took."""
        self._rows.append([what, f"{count:,}", "", "", "", f"{seconds:.2f} s", "", f"{peak_mb():,.0f}", ""])

    def measure(self, what: str, rules: int, events: Packed, repeat: int, run: Run, limit: int | None = None) -> float:
        """Add a row and return events a second (median). The first run includes all learning."""
        gc.collect()
        gc.freeze()
        speeds: list[float] = []
        matches = count = 0
        for _ in range(repeat):
            used, matches, count = 0.0, 0, 0
            for batch in events.decoded(limit):
                start = time.process_time()
                matches += run(batch)
                used += time.process_time() - start
                count += len(batch)
            speeds.append(count / used)
        gc.unfreeze()
        self.add(what, rules, count, statistics.median(speeds), speeds[0], matches)
        return statistics.median(speeds)

    def add(self, what: str, rules: int, count: int, speed: float, first: float, matches: int) -> None:
        """Add a row."""
        cells = (f"{count:,}", f"{speed:,.0f}", f"{first:,.0f}", f"{1e6 / speed:,.1f}", f"{matches:,}")
        self._rows.append([what, f"{rules:,}", *cells, f"{peak_mb():,.0f}", ""])

    def ratio(self, text: str) -> None:
        """Fill the last cell of the last row."""
        self._rows[-1][-1] = text

    def filled(self) -> Table:
        """The whole table."""
        for row in self._rows:
            self._table.add_row(*row)
        return self._table


def main() -> None:
    arguments = _arguments()
    screen = console()
    rules, cold, warm = _load(arguments.rules)
    report = Report(rules)
    report.load("load cold", len(rules.rules), cold)
    report.load("load warm", len(rules.rules), warm)
    seed, count, repeat = arguments.seed, arguments.events, arguments.repeat
    mixed = pack(Generator(seed).events(count, "mixed"))
    speed = _matched(report, "mixed channels", rules.rules, mixed, repeat)
    few = _some(rules.rules, _FEW)
    fewer = _matched(report, "mixed channels, fewer rules", few, mixed, repeat)
    report.ratio(f"cost of all {fewer / speed:.2f}x")
    _slow(report, rules.rules, mixed, arguments.naive, speed)
    if arguments.sqlite:
        _sqlite(report, arguments.rules, mixed, arguments.sqlite, speed, screen)
    del mixed
    process = pack(Generator(seed).events(count, "process"))
    _slow(
        report,
        rules.rules,
        process,
        arguments.naive,
        _matched(report, "process creation", rules.rules, process, repeat),
    )
    del process
    _matched(report, "repetitive", rules.rules, pack(repetitive(count, seed)), repeat)
    if not arguments.no_worst:
        worst = pack(Generator(seed, 32_768).events(max(100, count // 40), "process"), 100)
        _slow(report, rules.rules, worst, 20, _matched(report, "32 KB command lines", rules.rules, worst, repeat))
    screen.print(report.filled())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=Path, action="append", required=True, help="folder of rules; may be repeated")
    parser.add_argument("--events", type=int, default=60_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--naive", type=int, default=100, help="events for the rows without an index")
    parser.add_argument("--sqlite", type=int, default=0, help="events for the row of pySigma and SQLite; 0: none")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-worst", action="store_true", help="without distinct command lines of 32 KB")
    return parser.parse_args()


def _load(paths: Sequence[Path]) -> tuple[RuleSet, float, float]:
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        load_rules(paths, cache_dir=Path(folder))
        cold = time.perf_counter() - start
        start = time.perf_counter()
        rules = load_rules(paths, cache_dir=Path(folder))
        return rules, cold, time.perf_counter() - start


def _some(rules: Sequence[Rule], count: int) -> tuple[Rule, ...]:
    """Rules picked by chance, the same ones every time."""
    return tuple(random.Random(1).sample(list(rules), min(count, len(rules))))


def _matched(report: Report, what: str, rules: Sequence[Rule], events: Packed, repeat: int) -> float:
    matcher = Matcher(rules)
    return report.measure(what, len(rules), events, repeat, lambda batch: sum(map(len, matcher.match_batch(batch))))


def _slow(report: Report, rules: Sequence[Rule], events: Packed, limit: int, speed: float) -> None:
    """Rows of the ways without an index, on a few events."""
    ways = (
        ("  compiled rules one by one", _one_by_one(rules)),
        ("  plain evaluator", lambda batch: _naive(rules, batch)),
    )
    for what, run in ways:
        slow = report.measure(what, len(rules), events, 1, run, limit)
        report.ratio(f"1/{speed / slow:,.0f}")


def _sqlite(report: Report, paths: Sequence[Path], events: Packed, limit: int, speed: float, screen: Console) -> None:
    compiled, refused = compile_rules(paths)
    scanner = Scanner(compiled)
    scanner.run([event for batch in events.decoded(limit) for event in batch])
    slow = limit / scanner.seconds
    report.add("  pySigma and SQLite", len(compiled), limit, slow, slow, scanner.matches)
    report.ratio(f"1/{speed / slow:,.0f}")
    if refused or scanner.failed:
        screen.print(f"SQLite: {refused} rules refused by the compiler, {scanner.failed} queries cannot be run")


def _one_by_one(rules: Sequence[Rule]) -> Run:
    """The same generated code for each rule, without an index: every rule of the log source is evaluated."""
    checks = [(rule.product, rule.category, rule.service, compile_condition(rule.condition)) for rule in rules]
    groups: dict[Logsource, list[Check]] = {}
    lookup = Lookup()

    def run(events: list[Parsed]) -> int:
        count = 0
        for event in events:
            group = groups.get(event.logsource)
            if group is None:
                covers = event.logsource.covers
                group = groups[event.logsource] = [check for *parts, check in checks if covers(*parts)]
            lookup.load(event.fields, event.ecs, "", Names(event.fields, event.ecs))
            count += sum(check(lookup, lookup.cased) for check in group)
        return count

    return run


def _naive(rules: Sequence[Rule], events: list[Parsed]) -> int:
    count = 0
    for event in events:
        view = View(event.fields, event.ecs)
        covers = event.logsource.covers
        for rule in rules:
            if covers(rule.product, rule.category, rule.service) and holds(rule.condition, view):
                count += 1
    return count


if __name__ == "__main__":
    main()
