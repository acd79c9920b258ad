"""Rules from files and folders."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ringfence.core.errors import ContentError
from ringfence.core.ids import digest
from ringfence.core.severity import Severity
from ringfence.sigma.cache import Cache
from ringfence.sigma.content import Content, Document
from ringfence.sigma.correlation import Correlation, read_correlation
from ringfence.sigma.resolve import Places, resolve
from ringfence.sigma.rule import Rule, RuleSet, attack

MAX_BYTES = 1 << 20
"""Largest file of rules."""

_SUFFIXES = frozenset({".yml", ".yaml"})


def load_rules(
    paths: Sequence[Path], *, cache_dir: Path | None = None, placeholders: Mapping[str, Sequence[str]] | None = None
) -> RuleSet:
    """Return all Sigma rules under the paths, and every problem: nothing is skipped silently.

    Folders are searched for *.yml and *.yaml in depth, a file may hold several documents. Of rules with the same id
    the first is loaded, the others are problems. `placeholders` are the values of `%name%` in values with the
    modifier `expand`. With `cache_dir` a later load of unchanged files takes a small part of the time.
    """
    given = placeholders or {}
    problems: list[ContentError] = []
    texts = _texts(_files(paths, problems), problems)
    was_enabled = gc.isenabled()
    gc.disable()  # millions of small objects are made and all are kept
    try:
        contents = _contents(texts, Cache(cache_dir, paths, given) if cache_dir else None, given)
        return _collect(texts, contents, problems)
    finally:
        if was_enabled:
            gc.enable()


def _files(paths: Iterable[Path], problems: list[ContentError]) -> list[Path]:
    found: dict[Path, Path] = {}
    for path in paths:
        if path.is_dir():
            files = [file for file in path.rglob("*") if _is_rules(file)]
        elif path.exists():
            files = [path]
        else:
            problems.append(ContentError("there is no such file or folder", path=str(path)))
            continue
        for file in sorted(files):
            found.setdefault(file.resolve(), file)
    return list(found.values())


def _is_rules(file: Path) -> bool:
    """Tests of rules stand beside them, in `<rule>.test.yml`."""
    return file.suffix.lower() in _SUFFIXES and not file.stem.lower().endswith(".test") and file.is_file()


def _texts(files: Iterable[Path], problems: list[ContentError]) -> dict[Path, str]:
    texts: dict[Path, str] = {}
    for path in files:
        try:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except OSError as error:
            problems.append(ContentError(f"cannot be read: {error.strerror}", path=str(path)))
            continue
        if len(data) > MAX_BYTES:
            problems.append(ContentError(f"larger than {MAX_BYTES} bytes", path=str(path)))
            continue
        try:
            texts[path] = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            column = error.start - data.rfind(b"\n", 0, error.start)
            problems.append(ContentError("is not UTF-8 text", path=str(path), line=line, column=column))
    return texts


def _contents(
    texts: Mapping[Path, str], cache: Cache | None, placeholders: Mapping[str, Sequence[str]]
) -> dict[str, Content]:
    known = cache.read() if cache else {}
    contents: dict[str, Content] = {}
    is_new = False
    for text in texts.values():
        key = digest(text)
        if key in contents:
            continue
        content = known.get(key)
        if content is None:
            content, is_new = read_documents()(text, placeholders), True
        contents[key] = content
    if cache and (is_new or len(contents) != len(known)):
        cache.write(contents)
    return contents


def read_documents() -> Callable[[str, Mapping[str, Sequence[str]]], Content]:
    """Return the reader of files; imported late, because pySigma takes long and a warm load does without it."""
    from ringfence.sigma.documents import read

    return read


def _collect(texts: Mapping[Path, str], contents: Mapping[str, Content], problems: list[ContentError]) -> RuleSet:
    rules: dict[str, Rule] = {}
    correlations: dict[str, Correlation] = {}
    places: dict[str, Places] = {}
    for path, text in texts.items():
        content = contents[digest(text)]
        problems.extend(
            ContentError(bad.message, path=str(path), line=bad.line, column=bad.column, remedy=bad.remedy)
            for bad in content.problems
        )
        for document in content.documents:
            source = text if len(content.documents) == 1 else text[document.start : document.end]
            made = (_rule if document.kind == "rule" else _correlation)(document, path, source)
            first = rules.get(made.id) or correlations.get(made.id)
            if first is not None:
                reason = f"id {made.id} is taken by '{first.title}' in {first.path}"
                problems.append(ContentError(reason, path=str(path), line=document.line, column=1))
            elif isinstance(made, Rule):
                rules[made.id] = made
            else:
                correlations[made.id] = made
                places[made.id] = document.meta["places"]
    sound, wrong = resolve(rules.values(), [(item, places[item.id]) for item in correlations.values()])
    return RuleSet(tuple(rules.values()), (*problems, *wrong), tuple(sound))


def _rule(document: Document, path: Path, text: str) -> Rule:
    meta = document.meta
    assert document.condition is not None
    product, category, service = meta["logsource"]
    return Rule(
        **_common(meta, path, document.line, text),
        condition=document.condition,
        product=product,
        category=category,
        service=service,
        fields=tuple(meta["fields"]),
    )


def _correlation(document: Document, path: Path, text: str) -> Correlation:
    definition: dict[str, Any] = document.meta["correlation"]
    return Correlation(
        **_common(document.meta, path, document.line, text),
        **read_correlation(definition),
        definition=definition,
    )


def _common(meta: dict[str, Any], path: Path, line: int, text: str) -> dict[str, Any]:
    tags = tuple(meta["tags"])
    tactics, techniques = attack(tags)
    return {
        "id": meta.get("id") or digest(text),
        "title": meta["title"],
        "level": Severity(meta["level"].lower()) if "level" in meta else Severity.MEDIUM,
        "name": meta.get("name", ""),
        "status": meta.get("status", ""),
        "description": meta.get("description", ""),
        "author": meta.get("author", ""),
        "date": meta.get("date", ""),
        "modified": meta.get("modified", ""),
        "tags": tags,
        "tactics": tactics,
        "techniques": techniques,
        "references": tuple(meta["references"]),
        "falsepositives": tuple(meta["falsepositives"]),
        "path": path,
        "line": line,
        "text": text,
    }
