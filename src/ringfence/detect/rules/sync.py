"""Bring in rules from elsewhere: a folder, a zip file or a git repository in the layout of SigmaHQ.

Nothing of what is brought in is trusted: sizes and counts are bounded, names that lead out of the folder and links
are refused, and only documents that the kernel loads are taken over.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ringfence.core.clock import to_iso
from ringfence.core.errors import InputError, TooLargeError, UsageError
from ringfence.detect.rules.versions import unified
from ringfence.sigma import Correlation, Rule, load_rules

MAX_FILES = 20_000
MAX_FILE = 1 << 20
MAX_TOTAL = 256 << 20
MAX_ENTRIES = 200_000
"""Files of all kinds in a zip file or folder that are looked at."""

GIT_SECONDS = 600
JOURNAL = "rules-sync.jsonl"
_SUFFIXES = frozenset({".yml", ".yaml"})
_URL = re.compile(r"(https?|ssh|git|file)://.+|[\w.-]+@[\w.-]+:.+", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Change:
    """One rule that differs; `diff` is unified, empty for one that came or went."""

    rule_id: str
    title: str
    path: str
    diff: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """What a take-over would change in the folder.

    `skipped` says what is wrong with files that hold a mistake, `left_out` are their paths.
    """

    added: tuple[Change, ...]
    changed: tuple[Change, ...]
    removed: tuple[Change, ...]
    unchanged: int
    skipped: tuple[str, ...]
    left_out: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


@contextmanager
def fetched(source: str, *, ref: str = "", folders: tuple[str, ...] = ()) -> Generator[Path]:
    """Yield a temporary folder with the rule files of the source: bounded, without links.

    `source` is a folder, a zip file or the URL of a git repository (`ref`: a branch or tag). `folders` are those to
    take; default is `rules` where there is one, else everything. Raises `UsageError`, `InputError`, `TooLargeError`.
    """
    with tempfile.TemporaryDirectory(prefix="ringfence-sync-") as name:
        work = Path(name)
        target = work / "rules"
        target.mkdir()
        path = Path(source)
        if _URL.fullmatch(source):
            clone = work / "clone"
            _clone(source, ref, clone)
            files = _folder_files(clone)
        elif path.is_dir():
            files = _folder_files(path)
        elif path.is_file() and zipfile.is_zipfile(path):
            files = _zip_files(path)
        else:
            raise UsageError(f"{source} is no folder, zip file or git URL")
        _write(_chosen(files, folders), target)
        yield target


def compare(current: Path, incoming: Path) -> Difference:
    """Return what taking over `incoming` would change in `current` (which need not exist), by rule id.

    A file with a mistake is not taken over and is named in `skipped`.
    """
    new = load_rules([incoming])
    old = load_rules([current]) if current.is_dir() else load_rules([])
    bad = {problem.path for problem in new.problems}
    before: dict[str, Rule | Correlation] = {rule.id: rule for rule in (*old.rules, *old.correlations)}
    after: dict[str, Rule | Correlation] = {
        rule.id: rule for rule in (*new.rules, *new.correlations) if str(rule.path) not in bad
    }
    added = [_change(after[one], incoming) for one in after.keys() - before.keys()]
    removed = [_change(before[one], current) for one in before.keys() - after.keys()]
    changed = [
        _change(after[one], incoming, unified(before[one].text, after[one].text))
        for one in after.keys() & before.keys()
        if before[one].text != after[one].text
    ]
    skipped = [str(problem).replace(f"{incoming}{os.sep}", "") for problem in new.problems]
    same = len(after.keys() & before.keys()) - len(changed)
    left_out = sorted(str(Path(path).relative_to(incoming)) for path in bad if Path(path).is_relative_to(incoming))
    return Difference(_sorted(added), _sorted(changed), _sorted(removed), same, tuple(skipped), tuple(left_out))


def take_over(
    data: Path, name: str, incoming: Path, difference: Difference, *, source: str, author: str, now: int
) -> Path:
    """Replace the folder `rules/<name>` of the data folder by the incoming files in one step; return its path.

    Files with a mistake stay out. The change is written to the journal with who signed it off.
    """
    target = sync_folder(data, name)
    for name_out in difference.left_out:
        (incoming / name_out).unlink(missing_ok=True)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Beside the folder of rules, so that neither half is ever seen by a server that starts now.
    staging = Path(tempfile.mkdtemp(prefix="rules-new-", dir=data))
    previous = Path(tempfile.mkdtemp(prefix="rules-old-", dir=data))
    try:
        shutil.copytree(incoming, staging / name)
        if target.exists():
            os.replace(target, previous / name)
        os.replace(staging / name, target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        shutil.rmtree(previous, ignore_errors=True)
    entry = {
        "time": to_iso(now),
        "author": author,
        "source": without_password(source),
        "name": name,
        "added": [change.rule_id for change in difference.added],
        "changed": [change.rule_id for change in difference.changed],
        "removed": [change.rule_id for change in difference.removed],
    }
    with (data / JOURNAL).open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")
    return target


def sync_folder(data: Path, name: str) -> Path:
    """Return where rules of this name are kept; raises `UsageError` for a name that is no plain folder name."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no name for a folder of rules", remedy="letters, digits, dots and dashes")
    return data / "rules" / name


def name_of(source: str) -> str:
    """Return the name under which rules of the source are kept: the last part of its path or URL."""
    last = re.split(r"[/:\\]", source.rstrip("/\\"))[-1]
    plain = re.sub(r"\.(git|zip)$", "", last, flags=re.IGNORECASE)
    return re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip(".-")[:64] or "rules"


def without_password(source: str) -> str:
    """Return the source as it may be shown and kept: a URL without name and password."""
    return re.sub(r"(?<=://)[^/@]*@", "", source)


def authors_of(data: Path) -> dict[str, str]:
    """Return who signed off the last take-over of each rule, by rule id; empty without a journal."""
    authors: dict[str, str] = {}
    try:
        lines = (data / JOURNAL).read_text("utf-8").splitlines()
    except OSError:
        return {}
    for line in lines:
        try:
            entry = json.loads(line)
            ids = [*entry["added"], *entry["changed"]]
            authors |= dict.fromkeys(map(str, ids), str(entry["author"]))
        except (ValueError, KeyError, TypeError):
            continue
    return authors


def _clone(url: str, ref: str, target: Path) -> None:
    git = shutil.which("git")
    if git is None:
        raise UsageError("the command git is not here", remedy="install it, or give a folder or zip file")
    if ref.startswith("-"):
        raise UsageError(f"{ref!r} is no branch or tag")
    options = ["-c", "core.symlinks=false", "-c", "protocol.ext.allow=never", "-c", "core.hooksPath=/dev/null"]
    branch = ["--branch", ref] if ref else []
    command = [git, *options, "clone", "--quiet", "--depth", "1", "--single-branch", *branch, "--", url, str(target)]
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "1"}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, timeout=GIT_SECONDS, check=False)  # noqa: S603 - a list, no shell; the URL stands after `--`
    except subprocess.TimeoutExpired:
        raise InputError(f"git gave no answer within {GIT_SECONDS} s") from None
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        told = next((line for line in lines if line.startswith("fatal:")), lines[-1] if lines else "no reason given")
        raise InputError(f"git could not fetch {without_password(url)}: {told.replace(url, without_password(url))}")


def _folder_files(root: Path) -> Iterator[tuple[PurePosixPath, bytes]]:
    seen = 0
    for folder, names, files in os.walk(root, followlinks=False):
        names[:] = sorted(name for name in names if name != ".git")
        for name in sorted(files):
            seen += 1
            if seen > MAX_ENTRIES:
                raise TooLargeError(f"more than {MAX_ENTRIES} files")
            path = Path(folder) / name
            if path.suffix.lower() in _SUFFIXES and path.is_file() and not path.is_symlink():
                with path.open("rb") as file:
                    yield PurePosixPath(path.relative_to(root).as_posix()), file.read(MAX_FILE + 1)


def _zip_files(path: Path) -> Iterator[tuple[PurePosixPath, bytes]]:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES:
                raise TooLargeError(f"more than {MAX_ENTRIES} files")
            top = _common_top(entry.filename for entry in entries)
            for entry in entries:
                name = PurePosixPath(entry.filename.replace("\\", "/"))
                is_link = entry.external_attr >> 28 == 0xA
                if entry.is_dir() or is_link or name.suffix.lower() not in _SUFFIXES:
                    continue
                if name.is_absolute() or ".." in name.parts or ":" in name.parts[0]:
                    raise InputError(f"the zip file holds a name that leads out of it: {entry.filename[:200]}")
                with archive.open(entry) as file:  # read as far as the bound: sizes in the file may lie
                    yield (name.relative_to(top) if top else name), file.read(MAX_FILE + 1)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError) as error:
        raise InputError(f"the zip file cannot be read: {error}") from error


def _common_top(names: Iterator[str]) -> str:
    """The one folder that everything is in, as in archives of a repository; empty where there is none."""
    tops = {name.partition("/")[0] if "/" in name else "" for name in names}
    top = tops.pop() if len(tops) == 1 else ""
    return "" if top in {"", ".", "..", "rules"} else top


def _chosen(files: Iterator[tuple[PurePosixPath, bytes]], folders: tuple[str, ...]) -> Mapping[PurePosixPath, bytes]:
    found: dict[PurePosixPath, bytes] = {}
    total = 0
    for path, data in files:
        if len(data) > MAX_FILE:
            raise TooLargeError(f"{path} is larger than {MAX_FILE} bytes")
        total += len(data)
        found[path] = data
        if len(found) > MAX_FILES or total > MAX_TOTAL:
            raise TooLargeError(f"more than {MAX_FILES} files or {MAX_TOTAL >> 20} MiB of rules")
    wanted = folders or (("rules",) if any(path.parts[0] == "rules" for path in found) else ())
    if not wanted:
        return found
    chosen = {path: data for path, data in found.items() if any(path.is_relative_to(folder) for folder in wanted)}
    if not chosen:
        raise UsageError(f"the source holds no rules in {', '.join(wanted)}")
    return chosen


def _write(files: Mapping[PurePosixPath, bytes], target: Path) -> None:
    if not files:
        raise InputError("the source holds no .yml files")
    for path, data in files.items():
        place = target.joinpath(*path.parts)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        except OSError as error:
            raise InputError(f"{path} cannot be written: {error.strerror}") from error


def _change(rule: Rule | Correlation, root: Path, diff: str = "") -> Change:
    path = rule.path.relative_to(root) if rule.path.is_relative_to(root) else rule.path
    return Change(rule.id, rule.title, path.as_posix(), diff)


def _sorted(changes: list[Change]) -> tuple[Change, ...]:
    return tuple(sorted(changes, key=lambda change: (change.path, change.rule_id)))
