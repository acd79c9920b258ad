"""How much of other people's logs is understood: `python -m bench.coverage [--data DIR] [--limit N] [--misses N]`.

Prints one Markdown table, a row per format: records, and of them the share that a *specific* parser took (not one of
the fallbacks), the share with a time of their own, with a log source, with at least one entity to pivot on, and with
an address among the entities where the raw text holds one. What could not be read at all is listed below the table.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ringfence.collect.inputs.files import FileProblem, read_path, walk
from ringfence.collect.normalise import FALLBACKS, Normaliser
from ringfence.collect.record import Record, Rejected
from ringfence.ecs.event import Parsed
from ringfence.ecs.fields import ENTITY_FIELDS

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
_LINE = re.compile(r"log \d+ (?:pass|fail) ?= ?(.*)")
_ADDRESS = re.compile(r"(?<![\d.])(?!0\.0\.0\.0)(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
_ADDRESSES = ("source.ip", "destination.ip", "host.ip", "dns.answers")


@dataclass(slots=True)
class Row:
    """Counts of one format."""

    records: int = 0
    specific: int = 0
    timed: int = 0
    sourced: int = 0
    entities: int = 0
    with_address: int = 0
    address_found: int = 0
    seconds: float = 0.0
    parsers: Counter[str] = field(default_factory=Counter)
    misses: list[str] = field(default_factory=list)


def main() -> None:
    arguments = _arguments()
    rows: dict[str, Row] = {}
    problems: list[str] = []
    normaliser = Normaliser()
    for name, record in _records(arguments.data, arguments.limit, problems):
        if arguments.only and arguments.only not in name:
            continue
        measure(rows.setdefault(name, Row()), record, normaliser, arguments.misses)
    write = sys.stdout.write
    write("| format | records | specific | time | log source | entity | address | us a record | parsers |\n")
    write("|---|---:|---:|---:|---:|---:|---:|---:|---|\n")
    for name, row in sorted(rows.items()):
        write(_line(name, row))
    write(_line("**all**", _sum(rows.values())))
    if problems:
        write("\nNot read:\n\n" + "".join(f"- {problem}\n" for problem in problems))
    for name, row in sorted(rows.items()):
        for miss in row.misses:
            write(f"\n[{name}] {miss}")


def measure(row: Row, record: Record | Rejected, normaliser: Normaliser, keep: int = 0) -> None:
    """Count one record in the row; the first `keep` that miss something are kept as text."""
    row.records += 1
    begin = time.perf_counter()
    parsed = normaliser.parse(record) if isinstance(record, Record) else record
    row.seconds += time.perf_counter() - begin
    if not isinstance(parsed, Parsed):
        row.parsers["(rejected)"] += 1
        if len(row.misses) < keep:
            row.misses.append(f"rejected: {parsed.reason}: {parsed.raw[:200]}")
        return
    row.parsers[parsed.parser] += 1
    specific = parsed.parser not in FALLBACKS
    entity = any(name in parsed.ecs for name in ENTITY_FIELDS)
    sourced = bool(parsed.logsource.product or parsed.logsource.service or parsed.logsource.categories)
    row.specific += specific
    row.timed += parsed.time is not None
    row.sourced += sourced
    row.entities += entity
    located = True
    if _ADDRESS.search(record.raw):
        located = any(name in parsed.ecs for name in _ADDRESSES)
        row.with_address += 1
        row.address_found += located
    missing = [
        word
        for word, there in (
            ("parser", specific),
            ("time", parsed.time is not None),
            ("log source", sourced),
            ("entity", entity),
            ("address", located),
        )
        if not there
    ]
    if missing and len(row.misses) < keep:
        row.misses.append(f"no {', '.join(missing)} ({parsed.parser}): {record.raw[:200]}")


def _records(data: Path, limit: int, problems: list[str]) -> Iterator[tuple[str, Record | Rejected]]:
    for path in sorted((data / "wazuh-ruleset-tests").glob("*.ini")):
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
            found = _LINE.match(line)
            if found is not None and found[1].strip():
                yield f"wazuh {path.stem}", Record(found[1], number=number)
    for folder in ("zeek-samples", "otrf-security-datasets", "evtx-attack-samples"):
        for path in walk([data / folder]):
            if path.name.startswith(("LICENSE", "README")):
                continue
            count = 0
            for item in read_path(path):
                if isinstance(item, FileProblem):
                    problems.append(f"{Path(item.path).relative_to(data)}: {item.reason}")
                    continue
                count += 1
                if count > limit:
                    break
                yield _name(folder, path.relative_to(data), item), item


def _name(folder: str, path: Path, item: Record | Rejected) -> str:
    if folder == "evtx-attack-samples":
        return "evtx"
    if folder == "zeek-samples":
        return f"zeek {path.name.split('.')[0]}"
    member = str(item.meta.get("path", "")).rpartition("!")[2]
    if "zeek" in path.name:
        return f"otrf zeek {Path(member).stem}"
    parts = path.parts
    kind = Path(member).suffix.lstrip(".") or path.suffix.lstrip(".")
    if parts[2] == "atomic":
        return f"otrf {parts[3]} {kind}"
    return f"otrf {path.stem[:24]} {kind}"


def _line(name: str, row: Row) -> str:
    def share(part: int, whole: int = row.records) -> str:
        return f"{100 * part / whole:.1f} %" if whole else ""

    names = ", ".join(f"{parser} {count}" for parser, count in row.parsers.most_common(4))
    return (
        f"| {name} | {row.records} | {share(row.specific)} | {share(row.timed)} | {share(row.sourced)} "
        f"| {share(row.entities)} | {share(row.address_found, row.with_address)} "
        f"| {row.seconds / max(row.records, 1) * 1e6:.1f} | {names} |\n"
    )


def _sum(rows: Iterable[Row]) -> Row:
    total = Row()
    for row in rows:
        for name in ("records", "specific", "timed", "sourced", "entities", "with_address", "address_found", "seconds"):
            setattr(total, name, getattr(total, name) + getattr(row, name))
    return total


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the shared data sets")
    parser.add_argument("--limit", type=int, default=2000, help="records read of each file at most")
    parser.add_argument(
        "--misses", type=int, default=0, help="print so many records of each format that miss something"
    )
    parser.add_argument("--only", default="", help="formats whose name holds this")
    return parser.parse_args()


if __name__ == "__main__":
    main()
