"""The composition root: builds every part of one installation, in order, and takes them down again."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import structlog
from fastapi import FastAPI

from ringfence.access import People, Staff, Tokens
from ringfence.api import ApiContext, create_api
from ringfence.api.ingest import ingest_router
from ringfence.collect.inputs.syslog import SyslogInputs
from ringfence.collect.normalise import Normaliser
from ringfence.console import mount_console
from ringfence.console.services import IngestInfo, LiveStats, Services
from ringfence.core.actor import DEFAULT_TENANT, Actor, Permission, Role
from ringfence.core.clock import Clock, SystemClock
from ringfence.core.errors import UsageError
from ringfence.detect.rules import note_versions
from ringfence.detect.rules.sync import authors_of
from ringfence.detect.sql import BackFill
from ringfence.events.chdb_store import ChdbStore
from ringfence.flows.demo import Demo
from ringfence.flows.ingest import Ingest
from ringfence.flows.loop import SignalLoop
from ringfence.flows.process import Processor
from ringfence.flows.replay import Replayed, replay
from ringfence.flows.rulebook import Rulebook
from ringfence.flows.runner import ProcessRunner, Runner, ThreadRunner
from ringfence.runtime.database import Database
from ringfence.runtime.lock import FolderLock
from ringfence.runtime.migrate import migrate
from ringfence.runtime.paths import cache_dir, shipped
from ringfence.runtime.settings import Settings
from ringfence.sigma import Matcher
from ringfence.sigma.version import ruleset_version

log = structlog.get_logger()

_RETENTION_EVERY = 3600.0
_DAY_US = 86_400_000_000
_SYSTEM = Actor("system", "system", DEFAULT_TENANT, frozenset({Role.ADMIN}))


class Ringfence:
    """One running installation. `open` builds it, `start` lets it work, `stop` ends it without losing anything."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        database: Database,
        store: ChdbStore,
        book: Rulebook,
        lock: FolderLock,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.database = database
        self.store = store
        self.book = book
        self.people = People(database, clock)
        self.tokens = Tokens(database, clock)
        self.started_us = clock.now_us()
        self.loop = SignalLoop(store, database, lambda: book.infos, clock, ruleset=lambda: book.ruleset)
        self.backfill = BackFill(store, database, lambda: book.ruleset.rules)
        self.ingest = Ingest(
            store, _runner(settings, book), max_records=settings.queue_records, on_stored=self.loop.stored
        )
        self.syslog = SyslogInputs(self.ingest, settings, clock)
        self.demo: Demo | None = None
        self._lock = lock
        self._normaliser = Normaliser()
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    async def open(cls, settings: Settings, clock: Clock | None = None) -> Ringfence:
        """Open the data folder (made when missing), migrate the state database and load the rules."""
        clock = clock or SystemClock()
        lock = FolderLock(settings.data)
        try:
            settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock.take()
        except OSError as error:
            remedy = "choose another folder with --data or RINGFENCE_DATA"
            raise UsageError(f"cannot use {settings.data} for data: {error.strerror}", remedy=remedy) from error
        await migrate(settings.database_url)
        book = await asyncio.to_thread(Rulebook.load, _rule_folders(settings), cache_dir())
        store = await asyncio.to_thread(lambda: ChdbStore(settings.data / "events", clock=clock))
        database = Database(settings.database_url)
        await _note_versions(database, settings, book, clock)
        return cls(settings, clock, database, store, book, lock)

    async def start(self) -> None:
        """Begin to take, process and correlate; the web application is served by the caller."""
        await self.backfill.note()
        await self.ingest.start()
        self._tasks = [
            asyncio.create_task(self.loop.run(), name="signals"),
            asyncio.create_task(self.backfill.run(), name="backfill"),
            asyncio.create_task(self._retain(), name="retention"),
        ]
        await self._listen()
        if self.settings.demo:
            self.demo = Demo(self.ingest, self.database, self.clock, DEFAULT_TENANT)
            fresh = await self.store.last_seq() == 0
            self._tasks.append(asyncio.create_task(self.demo.run(fill_history=fresh), name="demo"))
        for task in self._tasks:
            task.add_done_callback(_report)

    async def _listen(self) -> None:
        """Begin to take syslog; raises `UsageError` that names the port which cannot be had."""
        try:
            await self.syslog.start()
        except OSError as error:
            settings = self.settings
            ports = {"udp": settings.syslog_udp, "tcp": settings.syslog_tcp, "tls": settings.syslog_tls}
            # They are opened in this order, so the first one missing is the one that failed.
            name = next(one for one, port in ports.items() if port and one not in self.syslog.servers)
            reason = os.strerror(error.errno) if error.errno else error
            raise UsageError(
                f"cannot listen for syslog on {settings.syslog_host} port {ports[name]} ({name}): {reason}",
                remedy=f"choose another with RINGFENCE_SYSLOG_{name.upper()}, 0 for none",
            ) from error

    async def stop(self) -> None:
        """Close the inputs, finish what was taken, then the stores."""
        await self.syslog.stop()
        if self.demo is not None:
            await _cancel([task for task in self._tasks if task.get_name() == "demo"])
        await self.ingest.stop()
        await _cancel(self._tasks)
        await self.database.close()
        await asyncio.to_thread(self.store.close)
        self._lock.release()

    def web(self) -> FastAPI:
        """Return the application that serves console, API and HTTP inputs."""
        app = FastAPI(title="Ringfence", version="1", docs_url=None, redoc_url=None, openapi_url=None)
        context = ApiContext(
            self.database, self.store, self.tokens, self.clock, lambda: self.book.ruleset, lambda: self.ingest.stats,
            self.replay,
        )  # fmt: skip
        create_api(app, context, ingest_router(self.ingest, self.tokens.actor_of, clock=self.clock))
        mount_console(app, self._services())
        return app

    async def replay(self, actor: Actor, ids: Sequence[str]) -> Replayed:
        """Run quarantined records through today's parsers again."""
        return await replay(
            actor, ids, store=self.store, sink=self.ingest, normaliser=self._normaliser, clock=self.clock
        )

    async def local_token(self) -> Path:
        """Make sure that the command line on this machine can sign in; return the path of its token (mode 0600)."""
        path = self.settings.data / "cli-token"
        if not path.exists():
            scopes = set(Permission) - {Permission.MANAGE_ACCESS}
            _, secret = await self.tokens.create(_SYSTEM, "command line", scopes, roles=(Role.L3, Role.ROBOT))
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secret)
        return path

    def _services(self) -> Services:
        return Services(
            events=self.store,
            database=self.database,
            clock=self.clock,
            people=self.people,
            staff=Staff(self.database, self.clock),
            tokens=self.tokens,
            rules=lambda: self.book.ruleset,
            live_stats=self._live,
            replay=self.replay,
            ingest_info=self._ingest_info,
            secure_cookies=self.settings.tls_cert is not None,
        )

    def _live(self) -> LiveStats:
        stats = self.ingest.stats
        return LiveStats(
            events_per_second=stats.per_second(),
            queued=stats.waiting,
            queue_capacity=self.settings.queue_records,
            stored_total=stats.stored,
            rejected_total=stats.rejected,
            dropped_total=stats.refused + self.syslog.dropped,
            started_us=self.started_us,
        )

    def _ingest_info(self, _actor: Actor) -> IngestInfo:
        settings = self.settings
        return IngestInfo(
            base_url=base_url(settings),
            host=settings.syslog_host,
            syslog_udp=settings.syslog_udp,
            syslog_tcp=settings.syslog_tcp,
            syslog_tls=settings.syslog_tls,
        )

    async def _retain(self) -> None:
        while True:
            await self.store.drop_older_than(self.clock.now_us() - self.settings.retention_days * _DAY_US)
            await asyncio.sleep(_RETENTION_EVERY)


def _rule_folders(settings: Settings) -> list[Path]:
    """Our rules, those that `ringfence rules sync` brought into the data folder, and the folders of the settings."""
    synced = settings.data / "rules"
    return [shipped("content") / "rules", *([synced] if synced.is_dir() else []), *settings.rules]


async def _note_versions(database: Database, settings: Settings, book: Rulebook, clock: Clock) -> None:
    """Keep the text of each rule that is new or changed, with who signed it off where that is known."""
    loaded = (*book.ruleset.rules, *book.ruleset.correlations)
    synced = {rule.id for rule in loaded if rule.path.is_relative_to(settings.data / "rules")}
    authors = {rule: author for rule, author in authors_of(settings.data).items() if rule in synced}
    async with database.session() as session:
        changed = await note_versions(
            session, {rule.id: rule.text for rule in loaded}, now=clock.now_us(), author="files", authors=authors
        )
    log.info("rules.versions", new=len(changed))


def base_url(settings: Settings) -> str:
    """Return the address that a browser on this machine uses."""
    scheme = "https" if settings.tls_cert else "http"
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104
    return f"{scheme}://{host}:{settings.port}"


def _runner(settings: Settings, book: Rulebook) -> Runner:
    if settings.workers:
        return ProcessRunner(settings.workers, book.folders, cache_dir())
    return ThreadRunner(Processor(Matcher(book.ruleset), Normaliser(), ruleset_version(book.ruleset.rules)))


async def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError, Exception):
            await task


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("task.ended", task=task.get_name(), exc_info=error)
