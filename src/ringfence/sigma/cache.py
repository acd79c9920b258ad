"""Parsed rules on disk, keyed by content, so that a start does not parse thousands of files again.

One file per set of paths. It is only read from a folder that belongs to this user and that nobody else may enter,
it is checked by a digest, and whatever is wrong with it leads to a cold load, never to an error.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import tempfile
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

import msgspec

from ringfence.core.ids import digest
from ringfence.sigma.content import Content

_FOLDER = "sigma-rules"
_KEPT_FILES = 16
_DIGEST = 32
_SOURCES = ("content.py", "correlation.py", "documents.py", "expression.py", "translate.py", "tree.py")

_decoder = msgspec.msgpack.Decoder(dict[str, Content])
_encoder = msgspec.msgpack.Encoder()


class Cache:
    """Contents of files by the digest of their text, for one set of paths and placeholders."""

    def __init__(self, folder: Path, paths: Sequence[Path], placeholders: Mapping[str, Sequence[str]]) -> None:
        self._folder = folder / _FOLDER
        names = [str(path.resolve()) for path in paths]
        values = [part for name in sorted(placeholders) for part in (name, *placeholders[name], "")]
        self._file = self._folder / f"{digest(_kernel(), *names, '', *values)}.msgpack"

    def read(self) -> dict[str, Content]:
        """Return what is cached; empty where there is nothing that can be trusted."""
        try:
            if not self._is_private():
                return {}
            data = self._file.read_bytes()
            if blake2b(data[_DIGEST:], digest_size=_DIGEST).digest() != data[:_DIGEST]:
                return {}
            return _decoder.decode(memoryview(data)[_DIGEST:])
        except (OSError, ValueError, RecursionError, msgspec.MsgspecError):
            return {}

    def write(self, contents: Mapping[str, Content]) -> None:
        """Replace the cached contents in one step; a full or read-only disk is no error."""
        payload = _encoder.encode(contents)
        with contextlib.suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self._is_private():
                return
            handle, name = tempfile.mkstemp(dir=self._folder, suffix=".part")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(blake2b(payload, digest_size=_DIGEST).digest() + payload)
                os.replace(name, self._file)
            except OSError:
                os.unlink(name)
            self._prune()

    def _is_private(self) -> bool:
        found = os.lstat(self._folder)
        return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077

    def _prune(self) -> None:
        files = sorted(self._folder.glob("*.msgpack"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in files[_KEPT_FILES:]:
            path.unlink(missing_ok=True)


def _kernel() -> str:
    """Everything that decides how a text is understood: our own sources, pySigma and Python."""
    here = Path(__file__).parent
    return digest(
        *[(here / name).read_bytes() for name in _SOURCES], version("pysigma"), version("msgspec"), sys.version
    )
