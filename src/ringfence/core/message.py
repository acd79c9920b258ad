"""A sentence for people as a template and its values, so that whoever shows it can translate it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Param = str | int
"""Value of a placeholder."""

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class Message:
    """A translatable sentence: `key` is the English template (gettext style) with `{named}` placeholders."""

    key: str
    params: Mapping[str, Param] = field(default_factory=dict[str, Param])

    def english(self) -> str:
        """Return the sentence in English."""
        return render(self.key, self.params)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready object with `key` and `params`."""
        return {"key": self.key, "params": dict(self.params)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Message:
        """Return the message that `to_json` wrote."""
        return cls(str(data["key"]), dict(data.get("params") or {}))


def render(template: str, params: Mapping[str, Param]) -> str:
    """Return the template with its placeholders filled; one without a value stays as it is.

    Not `str.format`: values come from logs and a template may come from a translator, and neither may reach
    attributes or indexes of an object.
    """
    return _PLACEHOLDER.sub(lambda found: str(params.get(found[1], found[0])), template)
