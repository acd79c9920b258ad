"""Event logs, whole and damaged. The files are other people's and are damaged in memory only."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from ringfence.collect.inputs.files import FileProblem, read_path
from ringfence.collect.record import Record, Rejected

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def whole(shared: Path) -> bytes:
    """The largest of the sample logs: several chunks."""
    path = max((shared / "evtx-attack-samples").rglob("*.evtx"), key=lambda path: path.stat().st_size)
    return path.read_bytes()


def read(folder: Path, data: bytes, name: str = "x") -> list[Record | Rejected | FileProblem]:
    path = folder / name
    path.write_bytes(data)
    return list(read_path(path))


def records(found: list[Record | Rejected | FileProblem]) -> list[Record]:
    return [item for item in found if isinstance(item, Record)]


def test_records_are_numbered_in_file_order(tmp_path: Path, whole: bytes) -> None:
    found = records(read(tmp_path, whole))
    assert [record.number for record in found] == list(range(1, len(found) + 1))
    assert {record.hint for record in found} == {"windows"}
    assert all(record.data is not None and record.data["Event"]["System"]["EventRecordID"] for record in found)


def test_inside_gzip_it_is_the_same(tmp_path: Path, whole: bytes) -> None:
    one, two = records(read(tmp_path, whole)), records(read(tmp_path, gzip.compress(whole, 1)))
    assert [r.raw for r in one] == [r.raw for r in two]


def test_a_damaged_chunk_is_rejected_and_the_rest_is_read(tmp_path: Path, whole: bytes) -> None:
    damaged = bytearray(whole)
    damaged[4096 + 65536 : 4096 + 65536 + 8] = b"XXXXXXXX"
    found = read(tmp_path, bytes(damaged))
    (bad,) = [item for item in found if isinstance(item, Rejected)]
    assert "chunk" in bad.reason
    raws = {record.raw for record in records(read(tmp_path, whole, "whole"))}
    kept = [record.raw for record in records(found)]
    assert set(kept) < raws
    assert found[-1] != bad


def test_a_cut_file_gives_all_that_stands_before_the_cut(tmp_path: Path, whole: bytes) -> None:
    everything = [record.raw for record in records(read(tmp_path, whole, "whole"))]
    in_one_chunk = len(records(read(tmp_path, whole[: 4096 + 65536], "one")))
    found = read(tmp_path, whole[: 4096 + 65536 + 40_000])
    kept = [record.raw for record in records(found)]
    assert kept == everything[: len(kept)]
    assert len(kept) > in_one_chunk
    assert found[-1] == FileProblem(
        str(tmp_path / "x"), "the file ends in the middle of a chunk; what stood before the end was read"
    )
