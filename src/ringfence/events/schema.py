"""Tables of the event store, in the ClickHouse dialect."""

from __future__ import annotations

from ringfence.ecs.fields import FIELDS, Kind

DATABASE = "ringfence"
EVENTS = f"{DATABASE}.events"
QUARANTINE = f"{DATABASE}.quarantine"

TYPES: dict[Kind, str] = {
    Kind.KEYWORD: "LowCardinality(String)",
    Kind.TEXT: "String",
    Kind.IP: "String",
    # Null and not 0: a port or a size of 0 is a value, and averages in SQL must not count what is missing.
    Kind.LONG: "Nullable(Int64)",
    Kind.DOUBLE: "Nullable(Float64)",
    Kind.KEYWORDS: "Array(LowCardinality(String))",
}

ENVELOPE: dict[str, str] = {
    "time": "DateTime64(6, 'UTC')",
    "received": "DateTime64(6, 'UTC')",
    "tenant": "LowCardinality(String)",
    "id": "String",
    "batch": "LowCardinality(String)",
    "source": "LowCardinality(String)",
    "parser": "LowCardinality(String)",
    "logsource_product": "LowCardinality(String)",
    "logsource_categories": "Array(LowCardinality(String))",
    "logsource_service": "LowCardinality(String)",
    "rules": "Array(LowCardinality(String))",
    "fields": "Map(LowCardinality(String), String)",
    "raw": "String",
}
"""Columns of the envelope and their types, in the order of `ringfence.events.arrow.ENVELOPE`."""

COLUMNS: list[str] = [*ENVELOPE, *(field.column for field in FIELDS.values())]
"""All columns that make an event, in table order; the table has `seq` besides."""

# Old logs span years, and a partition a day would make thousands of parts of them. What happened within two months
# of its receipt is kept by day (retention drops days), older by month, and what is over two years away by year: the
# worst batch then makes under 600 parts, whatever times are forged in it.
_PARTITION = (
    "multiIf(abs(dateDiff('day', time, received)) <= 62, toYYYYMMDD(time), "
    "abs(dateDiff('day', time, received)) <= 731, toYYYYMM(time) * 100, toYear(time) * 10000)"
)

# Measured on Windows events of 1.1 KB with 25 native fields, 200,000 in inserts of 20,000:
# ZSTD(1) takes 231 bytes an event, LZ4 300. Sparse nullable columns cost next to nothing where a number is missing.
# Maps in buckets read one native field three times faster after a merge (22 against 76 ms).
# Small parts are compact: a wide part is 300 files, and writing those costs 0.2 s of CPU an insert.
# The text index over lower(raw) takes 52 bytes an event; a word is found in 4 ms instead of 55 ms.
# fsync costs nothing measurable, so what is acknowledged survives a power cut as well.
_TUNING = (
    "index_granularity = 8192, default_compression_codec = 'ZSTD(1)', nullable_serialization_version = 'allow_sparse', "
    "map_serialization_version = 'with_buckets', map_serialization_version_for_zero_level_parts = 'basic', "
    "map_buckets_min_avg_size = 0, min_bytes_for_wide_part = 67108864, min_rows_for_wide_part = 4000000, "
    "fsync_after_insert = 1, fsync_part_directory = 1"
)

_INDEXES = (
    "INDEX i_seq seq TYPE minmax GRANULARITY 1",
    "INDEX i_received received TYPE minmax GRANULARITY 1",
    "INDEX i_id id TYPE bloom_filter(0.01) GRANULARITY 1",
    "INDEX i_batch batch TYPE bloom_filter(0.01) GRANULARITY 1",
    "INDEX i_raw lower(raw) TYPE text(tokenizer = 'splitByNonAlpha')",
)


def statements() -> list[str]:
    """Return what creates the database and its tables where they are absent."""
    columns = [f"`{name}` {kind}" for name, kind in ENVELOPE.items()]
    columns += [f"`{field.column}` {TYPES[field.kind]}" for field in FIELDS.values()]
    columns += ["`seq` UInt64", *_INDEXES]
    return [
        f"CREATE DATABASE IF NOT EXISTS {DATABASE} ENGINE = Atomic",
        f"CREATE TABLE IF NOT EXISTS {EVENTS} ({', '.join(columns)}) ENGINE = MergeTree "
        f"PARTITION BY {_PARTITION} ORDER BY (tenant, time) SETTINGS {_TUNING}",
        f"CREATE TABLE IF NOT EXISTS {QUARANTINE} (tenant LowCardinality(String), id String, "
        "received DateTime64(6, 'UTC'), source LowCardinality(String), reason String, raw String, "
        "hint LowCardinality(String), meta String, state LowCardinality(String), version UInt64) "
        "ENGINE = ReplacingMergeTree(version) PARTITION BY toYYYYMM(received) ORDER BY (tenant, id) "
        "SETTINGS default_compression_codec = 'ZSTD(1)', fsync_after_insert = 1, fsync_part_directory = 1",
    ]


def missing_columns(present: set[str]) -> list[str]:
    """Return what adds the ECS columns that a table made by an older version lacks."""
    return [
        f"ALTER TABLE {EVENTS} ADD COLUMN IF NOT EXISTS `{field.column}` {TYPES[field.kind]}"
        for field in FIELDS.values()
        if field.column not in present
    ]
