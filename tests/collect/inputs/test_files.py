"""Reading by content, containers, encodings, bounds: whole answers on files built here."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import tarfile
import zipfile
from pathlib import Path

import pytest
import zstandard

from ringfence.collect.inputs.files import FileProblem, Limits, read_path, walk
from ringfence.collect.record import Record, Rejected

LINES = b'{"a":1}\n{"a":2}\n'


def write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def brief(path: Path, limits: Limits | None = None) -> list[object]:
    """Data (or raw) of records, `!reason` of rejected ones, `path: reason` of problems."""
    found: list[object] = []
    for item in read_path(path, limits=limits or Limits()):
        if isinstance(item, Record):
            found.append(item.data if item.data is not None else item.raw)
        elif isinstance(item, Rejected):
            found.append(f"!{item.reason}")
        else:
            found.append(f"{Path(item.path).name}: {item.reason}")
    return found


def zip_of(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def tar_of(members: dict[str, bytes], mode: str = "w", fmt: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=fmt) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def test_a_record_knows_its_text_its_place_and_its_object(tmp_path: Path) -> None:
    path = write(tmp_path, "x", b'{"a":1}\n\n{"a": 2}\r\n')
    assert list(read_path(path)) == [
        Record('{"a":1}', {"a": 1}, "", 1, meta={"path": str(path)}),
        Record('{"a": 2}', {"a": 2}, "", 2, meta={"path": str(path)}),
    ]


@pytest.mark.parametrize(
    "data",
    [
        LINES,
        gzip.compress(LINES),
        gzip.compress(LINES[:8]) + gzip.compress(LINES[8:]),
        gzip.compress(LINES) + b"\0" * 512,
        bz2.compress(LINES),
        lzma.compress(LINES),
        zstandard.compress(LINES),
        zstandard.compress(LINES[:8]) + zstandard.compress(LINES[8:]),
        zip_of({"l.json": LINES}),
        zip_of({"l.json": LINES}, zipfile.ZIP_STORED),
        zip_of({"l.json": LINES}, zipfile.ZIP_BZIP2),
        zip_of({"l.json": LINES}, zipfile.ZIP_LZMA),
        tar_of({"l.json": LINES}),
        tar_of({"l.json": LINES}, fmt=tarfile.USTAR_FORMAT),
        tar_of({"l.json": LINES}, "w:gz"),
        tar_of({"l.json": LINES}, "w:xz"),
        zip_of({"b.zip": zip_of({"c.zip": zip_of({"l.json.gz": gzip.compress(LINES)})})}),
        tar_of({"a.zip": zip_of({"l": LINES})}),
        b"\xef\xbb\xbf" + LINES,
        LINES.decode().encode("utf-16"),
        b"\xfe\xff" + LINES.decode().encode("utf-16-be"),
        LINES.decode().encode("utf-16-le"),
    ],
)
def test_the_wrapping_does_not_matter(tmp_path: Path, data: bytes) -> None:
    assert brief(write(tmp_path, "x.bin", data)) == [{"a": 1}, {"a": 2}]


def test_members_are_named_and_numbered_on_their_own(tmp_path: Path) -> None:
    inner = zip_of({"deep/one.json": LINES, "__MACOSX/._one.json": b"\0\5\x16\7junk", ".DS_Store": b"\0\0\0\1Bud1"})
    path = write(tmp_path, "a.zip", zip_of({"two.log": b"plain text\n", "in.zip": inner}))
    found = [(r.meta["path"], r.number) for r in read_path(path) if isinstance(r, Record)]
    assert found == [(f"{path}!two.log", 1), (f"{path}!in.zip!deep/one.json", 1), (f"{path}!in.zip!deep/one.json", 2)]


def test_long_names_in_tar_archives(tmp_path: Path) -> None:
    name = "d" * 90 + "/" + "e" * 120 + ".json"
    for fmt in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        path = write(tmp_path, "a.tar", tar_of({name: LINES}, fmt=fmt))
        assert {r.meta["path"] for r in read_path(path) if isinstance(r, Record)} == {f"{path}!{name}"}


def test_a_file_cut_in_the_middle_gives_what_stands_before(tmp_path: Path) -> None:
    lines = b"".join(b'{"n":%d,"x":"%s"}\n' % (n, os.urandom(20).hex().encode()) for n in range(2000))
    cut = gzip.compress(lines)[:-200]
    *records, broken, problem = read_path(write(tmp_path, "a.gz", cut))
    assert len(records) > 1900
    assert all(isinstance(record, Record) for record in records)
    assert isinstance(broken, Rejected)
    assert problem == FileProblem(str(tmp_path / "a.gz"), "the gzip data end in the middle")


@pytest.mark.parametrize("compress", [bz2.compress, lzma.compress, zstandard.compress])
def test_every_codec_notices_the_cut(tmp_path: Path, compress: object) -> None:
    data = compress(os.urandom(3000).hex().encode() + b"\n")[:-30]  # type: ignore[operator]
    last = list(read_path(write(tmp_path, "a", data)))[-1]
    assert isinstance(last, FileProblem)
    assert last.reason.endswith("data end in the middle")


def test_a_damaged_stream_is_a_problem_not_an_exception(tmp_path: Path) -> None:
    data = bytearray(gzip.compress(os.urandom(5000).hex().encode()))
    data[900:950] = b"\xff" * 50
    (problem,) = [item for item in read_path(write(tmp_path, "a", bytes(data))) if isinstance(item, FileProblem)]
    assert problem.reason.startswith("the gzip data are broken: ")


def test_a_damaged_member_costs_only_itself(tmp_path: Path) -> None:
    stored = bytearray(zip_of({"one": LINES, "two": LINES}, zipfile.ZIP_STORED))
    at = stored.index(LINES)
    stored[at + 5] = ord("9")
    *first, problem, third, fourth = brief(write(tmp_path, "a.zip", bytes(stored)))
    assert first == []  # the whole member fits one read, and its checksum is wrong
    assert problem == "a.zip!one: the zip member is broken: Bad CRC-32 for file 'one'"
    assert (third, fourth) == ({"a": 1}, {"a": 2})


def test_an_encrypted_member_is_a_problem(tmp_path: Path) -> None:
    data = bytearray(zip_of({"a": LINES, "b": LINES}))
    for mark, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(mark) + offset] |= 1
    assert brief(write(tmp_path, "a.zip", bytes(data))) == [
        "a.zip!a: encrypted; unpack it with its password first",
        {"a": 1},
        {"a": 2},
    ]


def test_a_bomb_is_stopped_and_the_other_members_are_read(tmp_path: Path) -> None:
    limits = Limits(ratio_from=1 << 20, max_ratio=100)
    path = write(tmp_path, "a.zip", zip_of({"bomb": b"a" * (20 << 20), "l": LINES}))
    assert brief(path, limits)[-3:] == [
        "a.zip!bomb: expands to more than 100 times its size: a decompression bomb",
        {"a": 1},
        {"a": 2},
    ]
    for codec in (gzip.compress, zstandard.compress, lzma.compress, bz2.compress):
        last = brief(write(tmp_path, "b", codec(b"a\n" * (5 << 20))), limits)[-1]
        assert last == "b: expands to more than 100 times its size: a decompression bomb"


def test_the_budget_of_a_file_ends_it(tmp_path: Path) -> None:
    path = write(tmp_path, "a.zip", zip_of({"x": LINES, "y": os.urandom(9000).hex().encode(), "z": LINES}))
    assert brief(path, Limits(max_decompressed=10_000))[-1] == (
        "a.zip: expands to more than 9.8 KiB; the rest is not read"
    )
    many = write(tmp_path, "b.zip", zip_of({str(n): LINES for n in range(5)}))
    found = brief(many, Limits(max_members=2))
    assert found == [{"a": 1}, {"a": 2}] * 2 + ["b.zip: holds more than 2 members; the rest is not read"]


def test_nesting_is_bounded(tmp_path: Path) -> None:
    data = LINES
    for _ in range(6):
        data = zip_of({"z": data})
    assert brief(write(tmp_path, "a.zip", data)) == ["a.zip!z!z!z!z: containers nested deeper than 4 levels"]


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"\xd4\xc3\xb2\xa1\2\0\4\0", "packet capture, not a log"),
        (b"\x0a\x0d\x0d\x0a\x1c\0\0\0", "packet capture, not a log"),
        (b"MZ\x90\0\3\0\0\0", "Windows program, not a log"),
        (b"7z\xbc\xaf\x27\x1c\0\4", "7-Zip archive, which is not supported; unpack it first"),
        (b"SQLite format 3\0", "SQLite database, not a log"),
        (b"\0" * 4000, "nothing but zero bytes, not a log"),
        (bytes(range(256)) * 8, "binary data, not a log"),
        (b"PK\3\4 but nothing else", "the zip archive is broken: File is not a zip file"),
        (b"ElfFile\0 but nothing else", None),
        (b"<?xml version='1.0'?><project/>", "XML without Windows events"),
    ],
)
def test_what_is_no_log_is_named(tmp_path: Path, head: bytes, reason: str | None) -> None:
    (problem,) = read_path(write(tmp_path, "x.log", head))
    assert isinstance(problem, FileProblem)
    assert problem.reason == reason or (reason is None and problem.reason.startswith("not a readable event log: "))


def test_missing_empty_and_special_files(tmp_path: Path) -> None:
    assert brief(tmp_path / "none") == ["none: cannot be read: No such file or directory"]
    assert brief(write(tmp_path, "empty", b"")) == []
    assert brief(write(tmp_path, "empty.gz", gzip.compress(b""))) == []
    os.mkfifo(tmp_path / "pipe")
    assert brief(tmp_path / "pipe") == ["pipe: not a regular file"]


def test_a_gzip_header_alone_is_reported(tmp_path: Path) -> None:
    assert brief(write(tmp_path, "a.gz", b"\x1f\x8b\x08\0")) == ["a.gz: the gzip data end in the middle"]


def test_text_lines_keep_their_line_numbers_and_every_byte(tmp_path: Path) -> None:
    path = write(tmp_path, "x", "<34>1 a ü\n\nline two\n".encode() + b'caf\xe9 open\r\n{"a": 1}\nlast')
    assert [(r.number, r.raw, r.data) for r in read_path(path) if isinstance(r, Record)] == [
        (1, "<34>1 a ü", None),
        (3, "line two", None),
        (4, "café open", None),
        (5, '{"a": 1}', {"a": 1}),
        (6, "last", None),
    ]


def test_an_overlong_line_is_rejected_with_its_beginning(tmp_path: Path) -> None:
    path = write(tmp_path, "x", b"short\n" + b"a" * 3000 + b"\nafter\n" + b"b" * 2500)
    limits = Limits(max_record=2000, keep=100)
    one, long, after, longer = read_path(path, limits=limits)
    assert isinstance(one, Record)
    assert long == Rejected(
        "a" * 100, "the record is 2.9 KiB long, more than 2 KiB; the first 100 bytes are kept", 2, {"path": str(path)}
    )
    assert isinstance(after, Record)
    assert after.raw == "after"
    assert isinstance(longer, Rejected)
    assert longer.raw == "b" * 100


def test_walk_sorts_and_survives_loops(tmp_path: Path) -> None:
    for name in ("b/2", "b/1", "a/z", "c"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "b" / "loop").symlink_to(tmp_path)
    (tmp_path / "b" / "same").symlink_to(tmp_path / "c")
    (tmp_path / "a" / ".DS_Store").write_text("x")
    found = [str(path.relative_to(tmp_path)) for path in walk([tmp_path, tmp_path / "c", tmp_path / "gone"])]
    assert found == ["a/z", "b/1", "b/2", "b/same", "gone"]


@pytest.mark.shared
def test_shared_sets_are_read_whole(shared: Path) -> None:
    problems: list[str] = []
    rejected = 0
    for folder in ("evtx-attack-samples", "zeek-samples"):
        for path in walk([shared / folder]):
            for item in read_path(path):
                problems += [item.reason] if isinstance(item, FileProblem) else []
                rejected += isinstance(item, Rejected)
    assert (problems, rejected) == ([], 0)
