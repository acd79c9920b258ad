"""What parsers of JSON objects share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ringfence.collect.parsers.field_table import Step, apply
from ringfence.collect.record import Record
from ringfence.core.errors import ParseError
from ringfence.ecs.event import EcsValue, FieldValue, Parsed
from ringfence.ecs.logsource import Logsource

Json = dict[str, Any]
_LONG = 1 << 63


class JsonParser:
    """A parser of JSON objects. Subclass it, set the class variables and write `fits` and `read`."""

    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    samples: ClassVar[Sequence[str]] = ()

    def accepts(self, record: Record) -> bool:
        """Tell whether the record is a JSON object of this format."""
        return record.data is not None and self.fits(record.data)

    def parse(self, record: Record) -> Parsed:
        """Return the event, or raise `ParseError` with a reason a person understands."""
        if record.data is None:
            raise ParseError("not a JSON object")
        parsed = self.read(record.data, record)
        return parsed if parsed.time is not None else with_sent_time(parsed, record)

    def fits(self, data: Json) -> bool:
        """Tell, cheaply, whether the object is of this format."""
        raise NotImplementedError

    def read(self, data: Json, record: Record) -> Parsed:
        """Return the event."""
        raise NotImplementedError


def with_sent_time(parsed: Parsed, record: Record) -> Parsed:
    """Give an event that holds no time of its own the one that its sender put on the envelope (µs), if any."""
    sent = record.meta.get("time")
    if type(sent) is int:
        parsed.time = sent
    return parsed


def event(
    parser: str,
    source: Logsource,
    dataset: str,
    time: int | None,
    fields: dict[str, FieldValue],
    steps: tuple[Step, ...],
    **extra: EcsValue | None,
) -> Parsed:
    """Return the event of flat native fields.

    dataset: `module.set`, sets `event.module` and `event.dataset`. extra: ECS fields that are known already, with `__`
    for each dot (`event__category=["network"]`); None and "" set nothing. They win over the steps.
    """
    ecs: dict[str, EcsValue] = {"event.module": dataset.partition(".")[0], "event.dataset": dataset}
    for name, value in extra.items():
        if type(value) is int and abs(value) >= _LONG:
            continue
        if value not in (None, "", []):
            ecs[name.replace("__", ".")] = value
    apply(steps, fields, ecs)
    return Parsed(parser, source, time, ecs, fields)


def outcome_of(word: Any) -> str:
    """`success`, `failure` or "" for the word with which a product says how it went."""
    if type(word) is bool:
        return "success" if word else "failure"
    if type(word) is int:
        return "success" if word == 0 else "failure"
    return _OUTCOMES.get(str(word).strip().lower(), "")


_OUTCOMES = {
    **dict.fromkeys(
        ("success", "succeeded", "successful", "successfully", "allow", "allowed", "ok", "true", "passed", "start"),
        "success",
    ),
    **dict.fromkeys(("approved", "0", "accepted", "partiallysucceeded", "pass", "yes"), "success"),
    **dict.fromkeys(
        ("failure", "failed", "fail", "deny", "denied", "error", "false", "blocked", "rejected", "fraud", "no"),
        "failure",
    ),
}
