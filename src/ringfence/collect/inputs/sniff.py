"""What a file is, told from its first bytes and never from its name."""

from __future__ import annotations

import codecs

_NOT_LOGS: tuple[tuple[bytes, str], ...] = (
    (b"\xd4\xc3\xb2\xa1", "packet capture, not a log"),
    (b"\xa1\xb2\xc3\xd4", "packet capture, not a log"),
    (b"\x4d\x3c\xb2\xa1", "packet capture, not a log"),
    (b"\xa1\xb2\x3c\x4d", "packet capture, not a log"),
    (b"\x0a\x0d\x0d\x0a", "packet capture, not a log"),
    (b"LPKSHHRH", "systemd journal; export it with `journalctl -o json --file FILE`"),
    (b"LfLe", "event log of Windows 2003 or earlier (.evt); convert it to .evtx first"),
    (b"0\x00\x00\x00LfLe", "event log of Windows 2003 or earlier (.evt); convert it to .evtx first"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip archive, which is not supported; unpack it first"),
    (b"Rar!\x1a\x07", "RAR archive, which is not supported; unpack it first"),
    (b"\x1f\x9d", "compress (.Z) data, which are not supported; unpack them first"),
    (b"\x04\x22\x4d\x18", "LZ4 data, which are not supported; unpack them first"),
    (b"SQLite format 3\x00", "SQLite database, not a log"),
    (b"\x7fELF", "program, not a log"),
    (b"MZ", "Windows program, not a log"),
    (b"\xcf\xfa\xed\xfe", "program, not a log"),
    (b"\xca\xfe\xba\xbe", "program, not a log"),
    (b"regf", "registry hive, not a log"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Office document, not a log"),
    (b"%PDF-", "PDF document, not a log"),
    (b"\x89PNG", "picture, not a log"),
    (b"\xff\xd8\xff", "picture, not a log"),
    (b"GIF8", "picture, not a log"),
    (b"PAR1", "Parquet table, which is not supported"),
    (b"SCCA", "prefetch file, not a log"),
    (b"MAM\x04", "prefetch file, not a log"),
)
_TEXT_BELOW_32 = frozenset(b"\t\n\r\f\x0b\x08\x07\x1b\x1e\x1f\x1d\x01\x02\x03\x00")
_CONTROLS = bytes(sorted((frozenset(range(32)) | {127}) - _TEXT_BELOW_32))


def not_a_log(head: bytes) -> str | None:
    """Return what the file is in words when it cannot be a log, else None.

    `MZ` and the other printable marks count only with unprintable bytes behind them.
    """
    for magic, words in _NOT_LOGS:
        if head.startswith(magic) and (not magic.isascii() or not magic.isalnum() or b"\0" in head[:512]):
            return words
    sample = head[:8192].strip(b"\0")
    if head and not sample:
        return "nothing but zero bytes, not a log"
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    if controls * 33 > len(sample) or sample.count(0) * 20 > len(sample):
        return "binary data, not a log"
    return None


def text_encoding(head: bytes) -> tuple[str, int] | None:
    """Return the encoding and the length of its byte order mark, where the text is not plain UTF-8 or ASCII."""
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8", 3
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return ("utf-32-le" if head.startswith(codecs.BOM_UTF32_LE) else "utf-32-be"), 4
    if head.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le", 2
    if head.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be", 2
    return _unmarked_utf16(head[:512])


def _unmarked_utf16(sample: bytes) -> tuple[str, int] | None:
    """UTF-16 without a mark: in mostly Latin text every second byte is zero."""
    pairs = len(sample) // 2
    if pairs < 8:
        return None
    even, odd = sample[0 : 2 * pairs : 2].count(0), sample[1 : 2 * pairs : 2].count(0)
    if odd * 10 > pairs * 9 and even * 10 < pairs:
        return "utf-16-le", 0
    if even * 10 > pairs * 9 and odd * 10 < pairs:
        return "utf-16-be", 0
    return None
