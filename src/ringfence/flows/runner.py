"""Where batches are processed: a thread of this process, or worker processes. Results come back as Arrow."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, Protocol

import msgspec
import pyarrow as pa
import structlog

from ringfence.collect.batch import RawBatch
from ringfence.collect.normalise import Normaliser
from ringfence.core.errors import BusyError
from ringfence.events.arrow import from_ipc, to_ipc, to_table
from ringfence.events.model import Quarantined
from ringfence.flows.process import Processor
from ringfence.runtime.memory import settle
from ringfence.sigma import Matcher, load_rules
from ringfence.sigma.version import ruleset_version

log = structlog.get_logger()


class Bundle(msgspec.Struct):
    """Several batches, processed: one Arrow table of events (None: no event), and what was rejected.

    `counts` holds (accepted, rejected) for each batch in order; `matched` events fired a rule.
    """

    table: Any
    rejected: list[Quarantined]
    counts: list[tuple[int, int]]
    matched: int


class Runner(Protocol):
    """Processes batches away from the event loop."""

    @property
    def slots(self) -> int:
        """How many calls of `run` are worth making at once."""
        ...

    async def run(self, batches: Sequence[RawBatch]) -> Bundle:
        """Return the processed batches; raises `BusyError` when that cannot be done now."""
        ...

    def close(self) -> None:
        """Let go of threads and processes."""
        ...


def process_all(processor: Processor, batches: Sequence[RawBatch]) -> Bundle:
    """Return one bundle for the batches: the synchronous part that both runners share."""
    events: list[Any] = []
    rejected: list[Quarantined] = []
    counts: list[tuple[int, int]] = []
    for batch in batches:
        done = processor.process(batch)
        events.extend(done.events)
        rejected.extend(done.rejected)
        counts.append((len(done.events), len(done.rejected)))
    matched = sum(1 for event in events if event.rules)
    return Bundle(_table(events, processor.ruleset) if events else None, rejected, counts, matched)


def _table(events: list[Any], ruleset: str) -> pa.Table:
    table = to_table(events)
    return table.append_column("ruleset", pa.repeat(ruleset, table.num_rows))


class ThreadRunner:
    """One thread of this process: the default, enough for a small firm."""

    slots = 1

    def __init__(self, processor: Processor) -> None:
        self._processor = processor
        self._pool: Executor = ThreadPoolExecutor(1, thread_name_prefix="process")

    async def run(self, batches: Sequence[RawBatch]) -> Bundle:
        """Return the processed batches."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, process_all, self._processor, batches)

    def close(self) -> None:
        """Let go of the thread."""
        self._pool.shutdown(cancel_futures=True)


class ProcessRunner:
    """Worker processes, each with its own rules; batches and results travel as msgpack and Arrow IPC bytes."""

    def __init__(self, workers: int, rules: Sequence[Path], cache: Path | None) -> None:
        self.slots = workers
        self._make: Callable[[], ProcessPoolExecutor] = lambda: ProcessPoolExecutor(
            workers,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_start_worker,
            initargs=(list(rules), cache),
        )
        self._pool = self._make()

    async def run(self, batches: Sequence[RawBatch]) -> Bundle:
        """Return the processed batches; a worker that died is replaced and the batches tried once more."""
        message = _encode(list(batches))
        loop = asyncio.get_running_loop()
        for attempt in (1, 2):
            pool = self._pool
            try:
                return _bundle(await loop.run_in_executor(pool, _work, message))
            except BrokenProcessPool:
                log.warning("worker.died", attempt=attempt)
                if self._pool is pool:
                    pool.shutdown(wait=False, cancel_futures=True)
                    self._pool = self._make()
        raise BusyError("a worker process died twice over this batch", remedy="send it again in smaller parts")

    def close(self) -> None:
        """End the processes."""
        self._pool.shutdown(cancel_futures=True)


_encode = msgspec.msgpack.Encoder().encode
_decode_batches = msgspec.msgpack.Decoder(list[RawBatch]).decode


class _Answer(msgspec.Struct):
    table: bytes
    rejected: list[Quarantined]
    counts: list[tuple[int, int]]
    matched: int


_decode_answer = msgspec.msgpack.Decoder(_Answer).decode
_worker: list[Processor] = []
"""The one processor of a worker process, made by its initializer; empty in the main process."""


def _start_worker(rules: list[Path], cache: Path | None) -> None:
    loaded = load_rules(rules, cache_dir=cache)
    _worker.append(Processor(Matcher(loaded), Normaliser(), ruleset_version(loaded.rules)))
    settle()


def _work(message: bytes) -> bytes:
    bundle = process_all(_worker[0], _decode_batches(message))
    return _encode(
        _Answer(
            to_ipc(bundle.table) if bundle.table is not None else b"", bundle.rejected, bundle.counts, bundle.matched
        )
    )


def _bundle(message: bytes) -> Bundle:
    answer = _decode_answer(message)
    table = from_ipc(answer.table) if answer.table else None
    return Bundle(table, answer.rejected, answer.counts, answer.matched)
