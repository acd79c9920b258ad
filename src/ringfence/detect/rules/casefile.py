"""Tests of a rule as data: events that must and must not match, and sequences for rules that count.

The file is `<rule>.test.yml` beside the rule (or `<rule>.yml` in a folder of cases):

    must:                      # `match` means the same
      - fields: {CommandLine: vssadmin.exe delete shadows}
      - record: '<38>Mar  1 10:00:00 ...'      # goes through the real parsers
    must_not:                  # `no_match` means the same
      - fields: {CommandLine: vssadmin.exe list shadows}
    sequences:
      - alerts: 1
        events:
          - {at: 0, times: 12, every: 30, record: '... user{n} ...'}

An event has `fields` and `ecs` (with `logsource` where it is not the rule's own) and `raw`, or a `record`. `at` and
`every` are seconds or spans such as `5m`; `{n}` in a text becomes the number of the repetition, from 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ringfence.core.errors import ContentError

MAX_BYTES = 1 << 20
MAX_EVENTS = 20_000
"""Events in one sequence, repetitions counted."""

SUFFIX = ".test.yml"
_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_SPAN = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h|d)")


def _seconds(value: Any) -> Any:
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    return value if found is None else float(found[1]) * _UNITS[found[2]]


Seconds = Annotated[float, BeforeValidator(_seconds), Field(ge=0, le=10**9, allow_inf_nan=False)]


class CaseEvent(BaseModel):
    """One event of a test."""

    model_config = ConfigDict(extra="forbid")

    name: str = ""
    logsource: dict[str, str | list[str]] | None = None
    fields: dict[str, Any] = {}
    ecs: dict[str, Any] = {}
    raw: str = ""
    record: str | None = None
    meta: dict[str, Any] = {}


class CaseStep(CaseEvent):
    """One event, or several alike, of a sequence."""

    at: Seconds = 0
    times: int = Field(default=1, ge=1, le=MAX_EVENTS)
    every: Seconds = 0


class CaseSequence(BaseModel):
    """Events in time and how many alerts they raise."""

    model_config = ConfigDict(extra="forbid")

    name: str = ""
    alerts: int = Field(ge=0)
    events: list[CaseStep] = Field(min_length=1)

    def moments(self) -> Iterator[tuple[int, CaseEvent]]:
        """Yield time (microseconds from the start of the sequence) and event, repetitions written out."""
        for step in self.events:
            for number in range(1, step.times + 1):
                time = round((step.at + (number - 1) * step.every) * 1_000_000)
                yield time, _numbered(step, number)


class CaseFile(BaseModel):
    """All tests of one rule."""

    model_config = ConfigDict(extra="forbid")

    rule: str = ""
    must: list[CaseEvent] = Field(default=[], validation_alias=AliasChoices("must", "match"))
    must_not: list[CaseEvent] = Field(default=[], validation_alias=AliasChoices("must_not", "no_match"))
    sequences: list[CaseSequence] = []

    def __len__(self) -> int:
        return len(self.must) + len(self.must_not) + len(self.sequences)


def read_cases(path: Path) -> CaseFile:
    """Return the tests in a file; raises `ContentError` with the place of the first mistake."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ContentError(f"cannot be read: {error.strerror}", path=str(path)) from error
    if len(data) > MAX_BYTES:
        raise ContentError(f"larger than {MAX_BYTES} bytes", path=str(path))
    try:
        text = data.decode("utf-8-sig")
        node = yaml.compose(text, yaml.CSafeLoader)
        content = yaml.load(text, yaml.CSafeLoader)
    except UnicodeDecodeError:
        raise ContentError("is not UTF-8 text", path=str(path)) from None
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        reason = f"not valid YAML: {getattr(error, 'problem', error)}"
        raise ContentError(reason, path=str(path), line=line, column=column) from None
    try:
        cases = CaseFile.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        line, column = _place(node, first["loc"])
        where = ".".join(map(str, first["loc"]))
        raise ContentError(f"{where}: {first['msg']}", path=str(path), line=line, column=column) from None
    for number, sequence in enumerate(cases.sequences):
        if sum(step.times for step in sequence.events) > MAX_EVENTS:
            line, column = _place(node, ("sequences", number))
            raise ContentError(f"more than {MAX_EVENTS} events in a sequence", path=str(path), line=line, column=column)
    return cases


def case_path(rule_path: Path, folders: tuple[Path, ...] = ()) -> Path | None:
    """Return where the tests of a rule file are, None where it has none.

    Looked for are `<rule>.test.yml` beside it, `<rule>.yml` in the folders given, and `tests/content/cases/<rule>.yml`
    in a folder above the rule.
    """
    beside = rule_path.with_name(rule_path.stem + SUFFIX)
    above = [folder / "tests" / "content" / "cases" for folder in rule_path.resolve().parents]
    others = [folder / f"{rule_path.stem}.yml" for folder in (*folders, *above)]
    return next((path for path in (beside, *others) if path.is_file()), None)


def _place(node: Any, loc: tuple[int | str, ...]) -> tuple[int, int]:
    for part in loc:
        if isinstance(node, yaml.MappingNode):
            found = next((value for key, value in node.value if key.value == str(part)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            found = node.value[part]
        else:
            found = None
        if found is None:
            break
        node = found
    mark = getattr(node, "start_mark", None)
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _numbered(step: CaseStep, number: int) -> CaseEvent:
    if step.times == 1:
        return step
    values = step.model_dump(include=set(CaseEvent.model_fields))
    return CaseEvent.model_validate(_filled(values, str(number)))


def _filled(value: Any, number: str) -> Any:
    if isinstance(value, str):
        return value.replace("{n}", number)
    if isinstance(value, dict):
        return {key: _filled(item, number) for key, item in value.items()}
    return [_filled(item, number) for item in value] if isinstance(value, list) else value
