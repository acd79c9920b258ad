"""Events per second of parse, match and store, alone and the whole way: `python -m bench.bench_end_to_end`.

The whole way is what a live input does: batches of 1,000 raw lines handed to the sink by several senders at once, each
waiting until its batch is stored in chDB. Input: Windows events as flat JSON lines with fresh command lines, process
ids, GUIDs and 5,000 hosts. Every row runs in a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import orjson

from bench.measure import apart, console, peak_mb, table
from bench.windows_events import Generator
from ringfence.collect.batch import RawBatch
from ringfence.collect.normalise import Normaliser
from ringfence.collect.record import Record
from ringfence.core.ids import digest
from ringfence.ecs.event import Parsed
from ringfence.events.arrow import to_table
from ringfence.events.chdb_store import ChdbStore
from ringfence.flows.ingest import Ingest
from ringfence.flows.process import Processor
from ringfence.flows.runner import ProcessRunner, Runner, ThreadRunner
from ringfence.runtime.memory import settle
from ringfence.runtime.paths import cache_dir, shipped
from ringfence.sigma import Matcher, load_rules

BATCH = 1_000
SENDERS = 12
NOW = 1_790_000_000_000_000


def main() -> None:
    arguments = _arguments()
    if arguments.one:
        print(json.dumps(_measure(arguments.one, arguments)))
        return
    screen = console()
    for count in arguments.events:
        out = table(
            f"{count:,} events, {arguments.repeat} runs", "what", "n", "events/s (median)", "peak RSS MB", "rules"
        )
        for what in (
            "parse",
            "match",
            "store",
            "whole way, 1 process",
            "whole way, +1 worker",
            "whole way, +2 workers",
        ):
            options = [f"--events={count}", *(f"--rules={folder}" for folder in arguments.rules)]
            runs = [apart("bench.bench_end_to_end", f"--one={what}", *options) for _ in range(arguments.repeat)]
            rate = statistics.median(run["rate"] for run in runs)
            memory = max(run["rss"] for run in runs)
            out.add_row(what, f"{count:,}", f"{rate:,.0f}", f"{memory:,.0f}", f"{runs[0]['rules']:,}")
        screen.print(out)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=Path, action="append", default=[], help="folder of rules; default: our own")
    parser.add_argument("--events", type=int, action="append", default=[])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--one", default="", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.rules = arguments.rules or [shipped("content") / "rules"]
    arguments.events = arguments.events or [100_000, 1_000_000]
    return arguments


def _measure(what: str, arguments: argparse.Namespace) -> dict[str, float]:
    count = arguments.events[0]
    rules = load_rules(arguments.rules, cache_dir=cache_dir())
    settle()
    if what.startswith("whole way"):
        workers = {"1 process": 0, "+1 worker": 1, "+2 workers": 2}[what.partition(", ")[2]]
        runner: Runner = (
            ProcessRunner(workers, arguments.rules, cache_dir())
            if workers
            else ThreadRunner(Processor(Matcher(rules), Normaliser()))
        )
        seconds = asyncio.run(_whole_way(count, runner))
    else:
        seconds = {"parse": _parse, "match": _match, "store": _store}[what](count, Matcher(rules))
    return {"rate": count / seconds, "rss": peak_mb(), "rules": len(rules.rules)}


def _batches(count: int) -> Iterator[RawBatch]:
    """Raw lines as they come from a sender, a batch at a time so that the input itself needs no memory."""
    generator = Generator(1, 0)
    for start in range(0, count, BATCH):
        lines = [
            _line(event, start + n) for n, event in enumerate(generator.events(min(BATCH, count - start), "mixed"))
        ]
        yield RawBatch(digest("bench", str(start)), "default", "bench", NOW, [Record(raw=line) for line in lines])


def _line(event: Parsed, number: int) -> str:
    moment = NOW // 1_000_000 - 3600 + number % 3600
    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(moment))
    return orjson.dumps({"EventTime": stamp, **event.fields}).decode()


def _parse(count: int, _matcher: Matcher) -> float:
    normaliser, seconds = Normaliser(), 0.0
    for batch in _batches(count):
        began = time.perf_counter()
        for record in batch.records:
            normaliser.parse(record)
        seconds += time.perf_counter() - began
    return seconds


def _match(count: int, matcher: Matcher) -> float:
    normaliser, seconds = Normaliser(), 0.0
    for batch in _batches(count):
        parsed = [one for record in batch.records if isinstance(one := normaliser.parse(record), Parsed)]
        raws = [record.raw for record in batch.records]
        began = time.perf_counter()
        matcher.match_batch(parsed, raws)
        seconds += time.perf_counter() - began
    return seconds


def _store(count: int, matcher: Matcher) -> float:
    processor, seconds = Processor(matcher, Normaliser()), 0.0

    async def run() -> None:
        nonlocal seconds
        store = ChdbStore(Path(folder) / "events")
        held: list[RawBatch] = []
        for batch in _batches(count):
            held.append(batch)
            if len(held) == 20:
                events = [event for one in held for event in processor.process(one).events]
                began = time.perf_counter()
                await store.insert_table(to_table(events))
                seconds += time.perf_counter() - began
                held = []
        store.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run())
    return seconds


async def _whole_way(count: int, runner: Runner) -> float:
    with tempfile.TemporaryDirectory() as folder:
        store = ChdbStore(Path(folder) / "events")
        ingest = Ingest(store, runner)
        await ingest.start()
        batches = _batches(count)
        ready = [next(batches) for _ in range(min(SENDERS * 8, count // BATCH))]
        spent = 0.0

        async def sender() -> None:
            while ready:
                await ingest.submit(ready.pop())

        while ready:  # input is made between the rounds, outside the clock
            began = time.perf_counter()
            await asyncio.gather(*(sender() for _ in range(SENDERS)))
            spent += time.perf_counter() - began
            ready.extend(batch for _, batch in zip(range(SENDERS * 8), batches, strict=False))
        await ingest.stop()
        store.close()
    return spent


if __name__ == "__main__":
    main()
