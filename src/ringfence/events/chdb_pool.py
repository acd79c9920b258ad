"""The chDB engine: one data directory, several connections, each used by one thread at a time.

chDB facts: one directory per process (a second one can be opened when all connections to the first are closed); a
connection runs one query at a time and releases the GIL, so parallel reads need several; server settings go into the
connection string of the first connection; query parameters are read as ClickHouse's escaped text.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from typing import Any

import orjson
import pyarrow as pa
from chdb import _chdb as chdb_module

from ringfence.core.errors import ConflictError, RingfenceError, UsageError

_chdb: Any = chdb_module  # a compiled module with incomplete stubs
_MIB = 1024 * 1024
_SERVER = {
    "mark_cache_size": 32 * _MIB,
    "index_mark_cache_size": 16 * _MIB,
    "primary_index_cache_size": 32 * _MIB,
    "uncompressed_cache_size": 0,
    "index_uncompressed_cache_size": 0,
    "query_condition_cache_size": 16 * _MIB,
    "text_index_tokens_cache_size": 16 * _MIB,
    "text_index_header_cache_size": 16 * _MIB,
    "text_index_postings_cache_size": 16 * _MIB,
    "vector_similarity_index_cache_size": 0,
    "parquet_metadata_cache_size": 0,
    "iceberg_metadata_files_cache_size": 0,
    "compiled_expression_cache_size": 8 * _MIB,
    "mmap_cache_size": 64,
    "background_pool_size": 2,
    "background_common_pool_size": 2,
    "background_schedule_pool_size": 4,
    "max_thread_pool_size": 1000,
    "max_thread_pool_free_size": 4,
}
LOCK = "ringfence.lock"
Value = str | int | float
"""What can be bound: text, a whole number, a number."""
Params = Mapping[str, Value | Sequence[str]]


class StoreError(RingfenceError):
    """The store could not do it; `number` is ClickHouse's error code (0: none)."""

    code = "store"

    def __init__(self, message: str, *, number: int = 0) -> None:
        super().__init__(message)
        self.number = number


def escaped(text: str) -> str:
    """Return text as a query parameter of type String has to be written."""
    for plain, written in _ESCAPES:
        text = text.replace(plain, written)
    return text


_ESCAPES = (("\\", "\\\\"), ("\0", "\\0"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"))


def quoted(text: str) -> str:
    """Return text as a string literal, for the few places that take no parameter (settings)."""
    inner = text.replace("\\", "\\\\").replace("'", "\\'").replace("\0", "\\0")
    return f"'{inner}'"


def _bound(value: Value | Sequence[str]) -> Value:
    if isinstance(value, str):
        return escaped(value)
    if isinstance(value, int | float):
        return value
    return f"[{','.join(map(quoted, value))}]"


class Connection:
    """One chDB connection; not for two threads at once."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def table(self, sql: str, params: Params | None = None) -> pa.Table:
        """Run a query and return its rows as an Arrow table (no columns at all where there are no rows)."""
        result = self._run(sql, "Arrow", params)
        if len(result) == 0:
            return pa.table({})
        return pa.ipc.open_file(pa.py_buffer(result.bytes())).read_all()

    def joined(self, sql: str, params: Params, incoming: pa.Table) -> pa.Table:
        """Run a query that also selects from `Python(incoming)` and return its rows; see `insert`."""
        bound = {name: _bound(value) for name, value in params.items()}
        try:
            result = self._raw.query(sql, "Arrow", params=bound)
        except RuntimeError as error:
            raise _translated(str(error)) from None
        finally:
            del incoming
        if len(result) == 0:
            return pa.table({})
        return pa.ipc.open_file(pa.py_buffer(result.bytes())).read_all()

    def rows(self, sql: str, params: Params | None = None) -> list[list[Any]]:
        """Run a query and return its rows as JSON values; 64-bit numbers are numbers."""
        result = self._run(sql, "JSONCompactEachRow", params)
        return [orjson.loads(line) for line in result.bytes().splitlines()]

    def named_rows(self, sql: str) -> tuple[list[str], list[list[Any]]]:
        """Run a query and return the names of its columns and its rows as JSON values."""
        lines = self._run(sql, "JSONCompactEachRowWithNames", None).bytes().splitlines()
        return orjson.loads(lines[0]) if lines else [], [orjson.loads(line) for line in lines[1:]]

    def run(self, sql: str, params: Params | None = None) -> None:
        """Run a statement that returns nothing."""
        self._run(sql, "Null", params)

    def insert(self, sql: str, incoming: pa.Table) -> None:
        """Run an INSERT that selects from `Python(incoming)`: chDB looks for that local variable of its caller."""
        try:
            self._raw.query(sql, "Null")
        except RuntimeError as error:
            raise _translated(str(error)) from None
        finally:
            del incoming

    def _run(self, sql: str, form: str, params: Params | None) -> Any:
        bound = {name: _bound(value) for name, value in (params or {}).items()}
        try:
            return self._raw.query(sql, form, params=bound)
        except RuntimeError as error:
            raise _translated(str(error)) from None

    def classify(self, sql: str) -> dict[str, Any]:
        """Return what chDB's parser says about a text: `query_class`, `statement_count`, ..."""
        return self._raw.classify_query(sql)

    def close(self) -> None:
        """Let go of the connection."""
        self._raw.close()


def _translated(text: str) -> StoreError:
    number = 0
    if text.startswith("Code: "):
        digits = text[6:].split(".", 1)[0]
        number = int(digits) if digits.isdigit() else 0
    return StoreError(text, number=number)


def _setting(value: str) -> str:
    # A map cannot be set from a string literal; whoever passes one has quoted what is in it.
    return value if value.startswith("{") else quoted(value)


class Engine:
    """The data directory of this process: opens connections to it and guards it against a second process."""

    def __init__(self, path: Path, *, memory: int = 2048 * _MIB, threads: int = 2) -> None:
        if "?" in str(path.absolute()):
            raise UsageError(f"{path}: a data directory cannot have ? in its name", remedy="choose another name")
        path.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(path / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise ConflictError(
                f"{path} is in use by another process", remedy="stop it, or give this one its own data directory"
            ) from None
        options = {**_SERVER, "max_server_memory_usage": memory}
        self._address = f"{path / 'clickhouse'}?" + "&".join(f"{name}={value}" for name, value in options.items())
        self._threads = threads
        self._open: list[Connection] = []
        self._opening = Lock()

    def connect(self, **settings: int | str) -> Connection:
        """Open a connection; settings hold for all its queries."""
        try:
            connection = Connection(_chdb.connect(self._address))
        except RuntimeError as error:
            if "already initialized" in str(error):  # there is no code of its own for this
                raise ConflictError(
                    "this process has another data directory open", remedy="close that store first"
                ) from None
            raise _translated(str(error)) from None
        for name, value in {"max_threads": self._threads, **settings}.items():
            connection.run(f"SET {name} = {value if isinstance(value, int) else _setting(value)}")
        with self._opening:
            self._open.append(connection)
        return connection

    def release(self, connection: Connection) -> None:
        """Close one connection."""
        with self._opening:
            self._open.remove(connection)
        connection.close()

    def close(self) -> None:
        """Close all connections, then give the directory free. Twice is fine."""
        for connection in self._open:
            connection.close()
        self._open.clear()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


class Pool:
    """A few connections for parallel reads: `take` waits for a free one."""

    def __init__(self, connections: Sequence[Connection]) -> None:
        self._free: SimpleQueue[Connection] = SimpleQueue()
        for connection in connections:
            self._free.put(connection)

    def take(self) -> Connection:
        """Return a free connection; give it back with `give`."""
        return self._free.get()

    def give(self, connection: Connection) -> None:
        """Put a connection back."""
        self._free.put(connection)
