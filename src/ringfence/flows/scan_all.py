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
from ringfence.flows.scan import Match, RuleLine, Scanner, Summary
from ringfence.runtime.memory import settle
from ringfence.sigma import Matcher, load_rules

_CHUNK = 500
_SMALL = 32 * 1024 * 1024
"""Bytes below which starting worker processes costs more than it saves."""


class FileDone(msgspec.Struct):
    """A file was read to its end (or given up)."""

    path: Path


class _Chunk(msgspec.Struct):
    worker: int
    matches: list[Match]


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
) -> Iterator[Match | FileDone]:
    """Yield the matches of all files and a `FileDone` after each; `files` maps path to size in bytes.

    `summary` is filled while the matches are read. One worker, or little to read: everything happens in this process.
    """
    if workers <= 1 or len(files) < 2 or sum(files.values()) < _SMALL:
        yield from _scan_here(list(files), matcher, summary, min_level)
    else:
        yield from _scan_apart(files, summary, rules, cache, min_level, min(workers, len(files)))


def _scan_here(
    files: Sequence[Path], matcher: Matcher, summary: Summary, min_level: Severity
) -> Iterator[Match | FileDone]:
    scanner = Scanner(matcher, Normaliser(), min_level=min_level)
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
) -> Iterator[Match | FileDone]:
    context = multiprocessing.get_context("spawn")
    todo: Queue[Path | None] = context.Queue()
    done: Queue[_Chunk | FileDone | _Ended] = context.Queue(maxsize=64)
    for path in sorted(files, key=lambda p: -files[p]):  # the largest first, so that no core ends up alone with it
        todo.put(path)
    for _ in range(workers):
        todo.put(None)
    processes = [
        context.Process(target=_work, args=(n, todo, done, list(rules), cache, min_level), daemon=True)
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
                    _count(summary, match)
                    yield match
            elif isinstance(message, FileDone):
                yield message
            else:
                running.pop(message.worker, None)
                summary.add(message.summary)
    finally:
        for process in processes:
            process.kill() if process.is_alive() and running else process.join(5)


def _count(summary: Summary, match: Match) -> None:
    line = summary.rules.get(match.rule_id)
    if line is None:
        line = summary.rules[match.rule_id] = RuleLine(match.rule_id, match.title, Severity(match.level))
    line.add(match)


def _work(
    number: int,
    todo: Queue[Path | None],
    done: Queue[_Chunk | FileDone | _Ended],
    rules: list[Path],
    cache: Path | None,
    min_level: Severity,
) -> None:
    scanner = Scanner(Matcher(load_rules(rules, cache_dir=cache)), Normaliser(), min_level=min_level)
    settle()
    while (path := todo.get()) is not None:
        matches = scanner.scan(path)
        while chunk := list(islice(matches, _CHUNK)):
            done.put(_Chunk(number, chunk))
        done.put(FileDone(path))
    scanner.summary.rules = {}  # the main process counted the matches already
    done.put(_Ended(number, scanner.summary))
