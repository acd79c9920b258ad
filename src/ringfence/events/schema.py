"""Tables of the event store, in the ClickHouse dialect."""

from __future__ import annotations

from ringfence.ecs.fields import ENTITY_FIELDS, FIELDS, Kind

DATABASE = "ringfence"
EVENTS = f"{DATABASE}.events"
QUARANTINE = f"{DATABASE}.quarantine"
CORRELATION = f"{DATABASE}.correlation"
CORRELATED = f"{DATABASE}.correlated_rules"
RETRO = f"{DATABASE}.retro_signals"
"""Matches found after storing (a rule that was absent at that time), one row for each event and rule."""
RULESETS = f"{DATABASE}.rulesets"
"""Rules of each rule set, and the `seq` after which the set was first in force."""

SIGNAL_FIELDS = (*ENTITY_FIELDS, "event.action", "event.outcome")
"""ECS fields that a signal carries."""

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

RULESET_COLUMN = "`ruleset` LowCardinality(String)"
"""The rule set that was applied to the event before it was stored; "" where it is not known."""

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
    columns += ["`seq` UInt64", RULESET_COLUMN, *_INDEXES]
    carried = ", ".join(f"`{FIELDS[name].column}` {TYPES[FIELDS[name].kind]}" for name in SIGNAL_FIELDS)
    return [
        f"CREATE DATABASE IF NOT EXISTS {DATABASE} ENGINE = Atomic",
        f"CREATE TABLE IF NOT EXISTS {EVENTS} ({', '.join(columns)}) ENGINE = MergeTree "
        f"PARTITION BY {_PARTITION} ORDER BY (tenant, time) SETTINGS {_TUNING}",
        f"CREATE TABLE IF NOT EXISTS {QUARANTINE} (tenant LowCardinality(String), id String, "
        "received DateTime64(6, 'UTC'), source LowCardinality(String), reason String, raw String, "
        "hint LowCardinality(String), meta String, state LowCardinality(String), version UInt64) "
        "ENGINE = ReplacingMergeTree(version) PARTITION BY toYYYYMM(received) ORDER BY (tenant, id) "
        "SETTINGS default_compression_codec = 'ZSTD(1)', fsync_after_insert = 1, fsync_part_directory = 1",
        f"CREATE TABLE IF NOT EXISTS {RETRO} (seq UInt64, tenant LowCardinality(String), id String, "
        f"time DateTime64(6, 'UTC'), rule LowCardinality(String), {carried}, "
        "found DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC'), INDEX i_seq seq TYPE minmax) "
        "ENGINE = MergeTree ORDER BY (rule, id) SETTINGS fsync_after_insert = 1, fsync_part_directory = 1",
        f"CREATE TABLE IF NOT EXISTS {RULESETS} (ruleset String, rule String, since UInt64) "
        "ENGINE = MergeTree ORDER BY (ruleset, rule) SETTINGS fsync_after_insert = 1, fsync_part_directory = 1",
        *_correlation(),
    ]


def _correlation() -> list[str]:
    # The places that events have in correlation rules, so that a step reads the windows of the groups it touches and
    # nothing else. Made from events: `rule` is a digest of all that decides about places, `noted` the time of the
    # insert. The hour comes before the group, because a step looks at few hours and maybe at many groups.
    return [
        f"CREATE TABLE IF NOT EXISTS {CORRELATION} (rule LowCardinality(String), hour UInt32, "
        "tenant LowCardinality(String), grp String, us Int64 CODEC(Delta, ZSTD(1)), id String, slot UInt8, "
        "value String, seq UInt64 CODEC(Delta, ZSTD(1)), noted Int64 CODEC(Delta, ZSTD(1))) "
        "ENGINE = ReplacingMergeTree ORDER BY (rule, hour, tenant, grp, us, id, slot, value) "
        "SETTINGS index_granularity = 1024, default_compression_codec = 'ZSTD(1)', fsync_after_insert = 1, "
        "fsync_part_directory = 1",
        f"CREATE TABLE IF NOT EXISTS {CORRELATED} (rule String) ENGINE = ReplacingMergeTree ORDER BY rule "
        "SETTINGS fsync_after_insert = 1, fsync_part_directory = 1",
    ]


def missing_columns(present: set[str]) -> list[str]:
    """Return what adds the columns that a table made by an older version lacks."""
    ruleset = [] if "ruleset" in present else [f"ALTER TABLE {EVENTS} ADD COLUMN IF NOT EXISTS {RULESET_COLUMN}"]
    return ruleset + [
        f"ALTER TABLE {EVENTS} ADD COLUMN IF NOT EXISTS `{field.column}` {TYPES[field.kind]}"
        for field in FIELDS.values()
        if field.column not in present
    ]
