# ruff: noqa: S608  Only names of this package's own tables and columns stand in the SQL text; values are bound.
"""Quarantine: a row for each record that was not understood; the newest version of a row is its state."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
import pyarrow as pa

from ringfence.core.clock import Clock
from ringfence.core.errors import UsageError
from ringfence.events.chdb_pool import Connection
from ringfence.events.model import Quarantined, QuarantineState
from ringfence.events.schema import QUARANTINE

_MAX_PAGE = 1_000
_CHUNK = 10_000
_COLUMNS = "tenant, id, received, source, reason, raw, hint, meta, state, version"
_UTC = pa.timestamp("us", "UTC")


class Quarantine:
    """Writes quarantine; the caller keeps one thread at a time in here."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self._version = int(connection.rows(f"SELECT max(version) FROM {QUARANTINE}")[0][0])

    def _next_version(self) -> int:
        # The clock, but never the same or less than before: the highest version of a row wins.
        self._version = max(self._clock.now_us(), self._version + 1)
        return self._version

    def add(self, items: Sequence[Quarantined]) -> None:
        """Keep the items whose ids are new; the state of those that are there already stays."""
        for start in range(0, len(items), _CHUNK):
            chunk = {(item.tenant, item.id): item for item in reversed(items[start : start + _CHUNK])}
            rows = self._connection.rows(
                f"SELECT tenant, id FROM {QUARANTINE} WHERE id IN {{ids:Array(String)}}",
                {"ids": [item_id for _, item_id in chunk]},
            )
            for tenant, item_id in rows:
                chunk.pop((tenant, item_id), None)
            if chunk:
                table = _table(list(chunk.values()), self._next_version())
                self._connection.insert(
                    f"INSERT INTO {QUARANTINE} ({_COLUMNS}) SELECT {_COLUMNS} FROM Python(incoming)", table
                )

    def mark(self, tenant: str, ids: Sequence[str], state: QuarantineState) -> None:
        """Give the tenant's items a new state; unknown ids are passed over."""
        for start in range(0, len(ids), _CHUNK):
            self._connection.run(
                f"INSERT INTO {QUARANTINE} ({_COLUMNS}) SELECT tenant, id, received, source, reason, raw, hint, meta, "
                f"{{state:String}}, {{version:UInt64}} FROM {QUARANTINE} FINAL "
                "WHERE tenant = {tenant:String} AND id IN {ids:Array(String)}",
                {
                    "state": state.value,
                    "version": self._next_version(),
                    "tenant": tenant,
                    "ids": list(ids[start : start + _CHUNK]),
                },
            )


def _table(items: list[Quarantined], version: int) -> pa.Table:
    def texts(values: list[str]) -> pa.Array:
        return pa.array([v.encode("utf-8", "surrogatepass").decode("utf-8", "replace") for v in values], pa.string())

    return pa.table(
        {
            "tenant": texts([item.tenant for item in items]),
            "id": texts([item.id for item in items]),
            "received": pa.array([item.received for item in items], _UTC),
            "source": texts([item.source for item in items]),
            "reason": texts([item.reason for item in items]),
            "raw": texts([item.raw for item in items]),
            "hint": texts([item.hint for item in items]),
            "meta": texts([_json(item.meta) for item in items]),
            "state": texts([item.state.value for item in items]),
            "version": pa.array([version] * len(items), pa.uint64()),
        }
    )


def _json(meta: object) -> str:
    try:
        return orjson.dumps(meta, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    except (TypeError, orjson.JSONEncodeError):
        return orjson.dumps({"repr": repr(meta).encode("utf-8", "replace").decode()}).decode()


def page(
    connection: Connection, tenant: str, state: QuarantineState | None, limit: int, offset: int
) -> tuple[list[Quarantined], int]:
    """Return a page of the tenant's items, newest first, and the number of all."""
    if not 0 <= limit <= _MAX_PAGE or offset < 0:
        raise UsageError(f"a page has at most {_MAX_PAGE} records")
    # The state is compared outside: FINAL has to pick the newest version first.
    source = f"(SELECT * FROM {QUARANTINE} FINAL WHERE tenant = {{tenant:String}})"
    where = "1" if state is None else "state = {state:String}"
    params = {"tenant": tenant, "state": "" if state is None else state.value, "limit": limit, "offset": offset}
    total = int(connection.rows(f"SELECT count() FROM {source} WHERE {where}", params)[0][0])
    table = connection.table(
        f"SELECT id, toUnixTimestamp64Micro(received) AS us, source, reason, raw, hint, meta, state FROM {source} "
        f"WHERE {where} ORDER BY received DESC, id LIMIT {{limit:UInt64}} OFFSET {{offset:UInt64}}",
        params,
    )
    items = [
        Quarantined(
            row["id"],
            tenant,
            row["us"],
            row["source"],
            row["reason"],
            row["raw"],
            row["hint"],
            orjson.loads(row["meta"]),
            QuarantineState(row["state"]),
        )
        for row in table.to_pylist()
    ]
    return items, total
