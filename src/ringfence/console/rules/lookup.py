"""Find a rule among those that are loaded, whatever its kind."""

from __future__ import annotations

from urllib.parse import quote

from ringfence.console.services import Services
from ringfence.sigma import Correlation, Rule


def rule_of(services: Services, rule_id: str) -> Rule | Correlation | None:
    """Return the rule or correlation with this id, None where none is loaded."""
    loaded = services.rules()
    return loaded.by_id.get(rule_id) or next((one for one in loaded.correlations if one.id == rule_id), None)


def rule_address(rule_id: str) -> str:
    """Return the address of the rule's page."""
    return "/rules/" + quote(rule_id, safe="")
