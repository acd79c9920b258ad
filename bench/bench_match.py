"""How many events per second the Sigma matcher decides: `python -m bench.bench_match --rules DIR --events N`."""

from __future__ import annotations

import argparse
import gc
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.windows_events import Generator
from ringfence.ecs.event import Parsed
from ringfence.ecs.logsource import Logsource
from ringfence.sigma import Matcher, Rule, RuleSet, load_rules
from ringfence.sigma.layout import Names
from ringfence.sigma.reference import holds
from ringfence.sigma.values import View
from ringfence.sigma.verify import Check, Lookup, compile_condition


def main() -> None:
    arguments = _arguments()
    console = Console() if sys.stdout.isatty() else Console(width=140)
    rules, cold, warm = _load(arguments.rules)
    table = Table(title=f"match: {len(rules.rules)} rules, {len(rules.problems)} problems, one process, one core")
    for column in ("what", "n", "events/s (median)", "first run", "us/event", "matches", "peak RSS MB", "ratio"):
        table.add_column(column, justify="left" if column == "what" else "right")
    table.add_row("load cold", str(len(rules.rules)), "", "", f"{cold:.2f} s", "", _rss(), "")
    table.add_row("load warm", str(len(rules.rules)), "", "", f"{warm:.2f} s", "", "", "")
    sets: list[tuple[str, int, int, str]] = [
        ("mixed channels", arguments.events, 0, "mixed"),
        ("process creation", arguments.events, 0, "process"),
    ]
    if arguments.worst:
        sets.append(("32 KB command lines", max(1, arguments.events // 100), 32_768, "process"))
    for name, count, length, kinds in sets:
        events = list(Generator(arguments.seed, length).events(count, kinds))
        matcher = Matcher(rules)
        speed = _row(table, name, events, arguments.repeat, lambda batch, use=matcher: _matched(use, batch))
        few = events[: max(20, min(len(events), arguments.naive))]
        _row(table, f"{name}, compiled rules one by one", few, 1, _one_by_one(rules.rules), speed)
        _row(table, f"{name}, plain evaluator", few, 1, lambda batch: _naive(rules.rules, batch), speed)
        del events
    console.print(table)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=Path, action="append", required=True, help="folder of rules; may be repeated")
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--naive", type=int, default=100, help="events for the row without an index")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--worst", action="store_true", help="also distinct command lines of 32 KB")
    return parser.parse_args()


def _load(paths: Sequence[Path]) -> tuple[RuleSet, float, float]:
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        load_rules(paths, cache_dir=Path(folder))
        cold = time.perf_counter() - start
        start = time.perf_counter()
        rules = load_rules(paths, cache_dir=Path(folder))
        return rules, cold, time.perf_counter() - start


def _row(
    table: Table,
    name: str,
    events: list[Parsed],
    repeat: int,
    run: Callable[[list[Parsed]], int],
    reference: float | None = None,
) -> float:
    gc.collect()
    gc.freeze()
    speeds: list[float] = []
    matches = 0
    for _ in range(repeat):
        start = time.process_time()
        matches = run(events)
        speeds.append(len(events) / (time.process_time() - start))
    gc.unfreeze()
    median = statistics.median(speeds)
    ratio = f"1/{reference / median:,.0f}" if reference else ""
    cells = (f"{len(events):,}", f"{median:,.0f}", f"{speeds[0]:,.0f}", f"{1e6 / median:,.1f}", f"{matches:,}", _rss())
    table.add_row(name, *cells, ratio)
    return median


def _matched(matcher: Matcher, events: list[Parsed]) -> int:
    return sum(map(len, matcher.match_batch(events)))


def _one_by_one(rules: Sequence[Rule]) -> Callable[[list[Parsed]], int]:
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


def _rss() -> str:
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f}"


if __name__ == "__main__":
    main()
