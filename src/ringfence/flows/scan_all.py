"""Scan many files over all cores: each worker process takes the next file, its matches come back in chunks."""

from __future__ import annotations

import multiprocessing
import queue
from collections.abc import Iterator, Sequence
from itertools import islice
from multiprocessing.queues import Queue
from pathlib import Path

import msgspec

from ringfence.collect.inputs.files import FileProblem
from ringfence.collect.normalise import Normaliser
from ringfence.core.severity import Severity
from ringfence.flows.scan import Match, Scanner, Summary, count, match_of
from ringfence.flows.scan_correlate import Collector, Sighting
from ringfence.runtime.memory import settle
from ringfence.sigma import Matcher, RuleSet, load_rules

_CHUNK = 500
_SMALL = 32 * 1024 * 1024
"""Bytes below which starting worker processes costs more than it saves."""


class FileDone(msgspec.Struct):
    """A file was read to its end (or given up)."""

    path: Path


class _Chunk(msgspec.Struct):
    worker: int
    matches: list[Match]


class _Seen(msgspec.Struct):
    worker: int
    sightings: list[Sighting]


class _Ended(msgspec.Struct):
    worker: int
    summary: Summary


def scan_all(
    files: dict[Path, int],
    matcher: Matcher,
    summary: Summary,
    *,
    rules: Sequence[Path],
    cache: Path | None,
    min_level: Severity,
    workers: int,
    ruleset: RuleSet | None = None,
) -> Iterator[Match | FileDone]:
    """Yield the matches of all files and a `FileDone` after each; `files` maps path to size in bytes.

    `summary` is filled while the matches are read. One worker, or little to read: everything happens in this process.
    What the correlations of a `ruleset` find comes at the end, over all files together.
    """
    collector = Collector(ruleset) if ruleset is not None and ruleset.correlations else None
    if workers <= 1 or len(files) < 2 or sum(files.values()) < _SMALL:
        yield from _scan_here(list(files), matcher, summary, min_level, ruleset, collector)
    else:
        yield from _scan_apart(files, summary, rules, cache, min_level, min(workers, len(files)), collector)
    if collector is not None:
        for finding in collector.findings(min_level):
            match = match_of(finding)
            summary.matches += 1
            count(summary, match)
            yield match
        summary.uncorrelated += collector.left_out


def _scan_here(
    files: Sequence[Path],
    matcher: Matcher,
    summary: Summary,
    min_level: Severity,
    ruleset: RuleSet | None,
    collector: Collector | None,
) -> Iterator[Match | FileDone]:
    sighted = collector.add if collector is not None else None
    scanner = Scanner(matcher, Normaliser(), min_level=min_level, ruleset=ruleset, sighted=sighted)
    scanner.summary = summary
    for path in files:
        yield from scanner.scan(path)
        yield FileDone(path)


def _scan_apart(
    files: dict[Path, int],
    summary: Summary,
    rules: Sequence[Path],
    cache: Path | None,
    min_level: Severity,
    workers: int,
    collector: Collector | None,
) -> Iterator[Match | FileDone]:
    context = multiprocessing.get_context("spawn")
    todo: Queue[Path | None] = context.Queue()
    done: Queue[_Chunk | _Seen | FileDone | _Ended] = context.Queue(maxsize=64)
    for path in sorted(files, key=lambda p: -files[p]):  # the largest first, so that no core ends up alone with it
        todo.put(path)
    for _ in range(workers):
        todo.put(None)
    processes = [
        context.Process(
            target=_work, args=(n, todo, done, list(rules), cache, min_level, collector is not None), daemon=True
        )
        for n in range(workers)
    ]
    for process in processes:
        process.start()
    running = dict(enumerate(processes))
    try:
        while running:
            try:
                message = done.get(timeout=1)
            except queue.Empty:
                for number, process in list(running.items()):
                    if process.exitcode:
                        del running[number]
                        reason = f"a worker process died (exit code {process.exitcode}): its file is incomplete"
                        summary.unread.append(FileProblem("", reason))
                continue
            if isinstance(message, _Chunk):
                for match in message.matches:
                    count(summary, match)
                    yield match
            elif isinstance(message, _Seen):
                if collector is not None:
                    for sighting in message.sightings:
                        collector.add(sighting)
            elif isinstance(message, FileDone):
                yield message
            else:
                running.pop(message.worker, None)
                summary.add(message.summary)
    finally:
        for process in processes:
            process.kill() if process.is_alive() and running else process.join(5)


def _work(
    number: int,
    todo: Queue[Path | None],
    done: Queue[_Chunk | _Seen | FileDone | _Ended],
    rules: list[Path],
    cache: Path | None,
    min_level: Severity,
    correlated: bool,
) -> None:
    ruleset = load_rules(rules, cache_dir=cache)
    seen: list[Sighting] = []

    def sighted(sighting: Sighting) -> None:
        seen.append(sighting)
        if len(seen) >= _CHUNK:
            done.put(_Seen(number, seen.copy()))
            seen.clear()

    own = ruleset if correlated else None
    scanner = Scanner(Matcher(ruleset), Normaliser(), min_level=min_level, ruleset=own, sighted=sighted)
    settle()
    while (path := todo.get()) is not None:
        matches = scanner.scan(path)
        while chunk := list(islice(matches, _CHUNK)):
            done.put(_Chunk(number, chunk))
        done.put(FileDone(path))
    done.put(_Seen(number, seen))
    scanner.summary.rules = {}  # the main process counted the matches already
    done.put(_Ended(number, scanner.summary))
