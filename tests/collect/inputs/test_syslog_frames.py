"""Framing: any chunking gives the same frames."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.collect.inputs.lines import Overlong
from ringfence.collect.inputs.syslog_frames import Framer


def frames(data: bytes, step: int = 0, max_frame: int = 100, keep: int = 10) -> list[bytes | Overlong]:
    framer = Framer(max_frame, keep)
    found: list[bytes | Overlong] = []
    size = step or len(data) or 1
    for start in range(0, len(data), size):
        found += framer.feed(data[start : start + size])
    return found + framer.finish()


def test_counted_and_line_frames_may_alternate() -> None:
    assert frames(b"6 <1>one<2>two\n<3>three\0" + b"10 <4>fo\nur\r\n" + b"2026 was a year\n<5>last") == [
        b"<1>one", b"<2>two", b"<3>three", b"<4>fo\nur", b"2026 was a year", b"<5>last",
    ]  # fmt: skip


def test_trailers_are_cut_and_empty_frames_left_out() -> None:
    assert frames(b"<1>a\r\n\n\0\n7 <2>b\0\r\n<3>c \n") == [b"<1>a", b"<2>b", b"<3>c"]


def test_overlong_frames_are_skipped_and_counted() -> None:
    long = b"<9>" + b"x" * 500
    assert frames(b"<1>a\n" + long + b"\n503 " + long + b"<2>b\n") == [
        b"<1>a", Overlong(b"<9>xxxxxxx", 503), Overlong(b"<9>xxxxxxx", 503), b"<2>b",
    ]  # fmt: skip


def test_an_end_in_the_middle() -> None:
    assert frames(b"50 <1>cut") == [b"<1>cut"]
    assert frames(b"12") == [b"12"]
    assert frames(b"<1>" + b"x" * 200) == [Overlong(b"<1>xxxxxxx", 203)]
    assert frames(b"999 <1>" + b"x" * 50) == [Overlong(b"<1>xxxxxxx", 999)]


piece = st.one_of(
    st.binary(max_size=150),
    st.text("<1>ab \0\r", max_size=130).map(lambda text: text.encode() + b"\n"),
    st.text("ab\n", max_size=130).map(lambda text: b"%d <1>%s" % (len(text) + 3, text.encode())),
    st.sampled_from([b"1", b"12 ", b"123456789 <", b"1234567890", b"5 ", b"\n", b"5 <1>ab"]),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(piece, max_size=8).map(b"".join), st.integers(1, 40))
def test_chunking_does_not_matter(data: bytes, step: int) -> None:
    assert frames(data, step) == frames(data)
