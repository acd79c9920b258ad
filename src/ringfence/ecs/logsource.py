"""The Sigma log source of an event: decided at parse time, compared with a rule's at match time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Logsource:
    """Where an event comes from, in Sigma's taxonomy.

    An event can be in several categories at once (a Sysmon registry value write is `registry_set` and
    `registry_event`), so `categories` is a tuple. Build instances with `logsource()`, which interns them: the
    matcher keeps one plan per instance.
    """

    product: str = ""
    categories: tuple[str, ...] = ()
    service: str = ""

    def covers(self, product: str | None, category: str | None, service: str | None) -> bool:
        """Tell whether a rule with this log source applies to the event (a part that is None matches all)."""
        return (
            (product is None or product == self.product)
            and (service is None or service == self.service)
            and (category is None or category in self.categories)
        )


@lru_cache(maxsize=65536)
def logsource(product: str = "", categories: tuple[str, ...] = (), service: str = "") -> Logsource:
    """Return the one interned `Logsource` of these parts."""
    return Logsource(product, categories, service)
