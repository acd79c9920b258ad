"""What a Windows event is in Sigma's taxonomy and in ECS, by channel, provider and event id.

The knowledge is data: `data/windows_services.yaml` (channels), `data/windows_events.yaml` (ids).
Sources: the Sigma specification's logsource taxonomy, the manifests of Sysmon 15 and of Windows' security auditing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from ringfence.ecs.logsource import Logsource, logsource

DATA = Path(__file__).resolve().parent / "data"
_PRODUCTS = {"rpc_firewall": "rpc_firewall"}
"""Services that Sigma files under a product of their own."""
_REGISTRY_BY_TYPE = {
    "createkey": "registry_add",
    "deletekey": "registry_delete",
    "deletevalue": "registry_delete",
    "renamekey": "registry_rename",
    "setvalue": "registry_set",
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one kind of Windows event says: its log source, ECS words and the field tables that apply to it."""

    service: str
    logsource: Logsource
    dataset: str
    action: str = ""
    category: tuple[str, ...] = ()
    type: tuple[str, ...] = ()
    outcome: str = ""
    maps: tuple[str, ...] = ("common",)


def windows_logsource(channel: str, event_id: int, provider: str = "", event_type: str = "") -> Logsource:
    """Return the interned log source of a Windows event; `event_type` tells Sysmon's registry events (id 12) apart."""
    return meaning(channel, event_id, provider, event_type if event_id == 12 else "").logsource


@lru_cache(maxsize=16384)
def meaning(channel: str, event_id: int, provider: str = "", event_type: str = "") -> Meaning:
    """Return what a kind of event says; of an unknown channel and provider, only that it is Windows'.

    `event_type` is to be given for Sysmon's id 12 (CreateKey, DeleteKey, DeleteValue) and Security's 4657 (the
    OperationType) alone, so that the memory of this function stays small.
    """
    service = _CHANNELS.get(channel.lower(), "") or _PROVIDERS.get(provider.lower(), "")
    linux = service == "sysmon" and "linux" in (channel or provider).lower()
    product = "linux" if linux else _PRODUCTS.get(service, "windows")
    sigma_service = "" if product == service else service
    table = _EVENTS.get(service, {})
    found: dict[str, Any] = table.get(event_id) or table.get("default") or {}
    categories = tuple(found.get("sigma", ()))
    made = Meaning(
        service=service,
        logsource=logsource(product, categories, sigma_service),
        dataset=f"{'sysmon_linux' if linux else 'windows'}.{service or 'other'}",
        action=found.get("action", ""),
        category=tuple(found.get("category", ())),
        type=tuple(found.get("type", ())),
        outcome=found.get("outcome", ""),
        maps=tuple(found.get("maps", ("common",))),
    )
    return _by_type(made, event_type) if event_type else made


def _by_type(made: Meaning, event_type: str) -> Meaning:
    """A registry event is an addition, a deletion, a rename or a write, as its own type says."""
    exact = "registry_delete" if event_type == "%%1906" else _REGISTRY_BY_TYPE.get(event_type.lower(), "")
    if not exact or "registry_event" not in made.logsource.categories:
        return made
    return replace(made, logsource=logsource(made.logsource.product, (exact, "registry_event"), made.logsource.service))


def service_of(channel: str, provider: str = "") -> str:
    """Return the Sigma service of a channel (or, without one known, of a provider); "" where Sigma has none."""
    return _CHANNELS.get(channel.lower(), "") or _PROVIDERS.get(provider.lower(), "")


def services() -> frozenset[str]:
    """Return all Sigma services that a channel is known for."""
    return frozenset(_CHANNELS.values())


def categories() -> frozenset[str]:
    """Return all Sigma categories that an event can get here."""
    found = {name for table in _EVENTS.values() for entry in table.values() for name in entry.get("sigma", ())}
    return frozenset(found | set(_REGISTRY_BY_TYPE.values()))


def _load(name: str) -> dict[str, Any]:
    return yaml.load((DATA / name).read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506


_SERVICES = _load("windows_services.yaml")
_CHANNELS: dict[str, str] = {
    channel.lower(): service for service, channels in _SERVICES["services"].items() for channel in channels
}
_PROVIDERS: dict[str, str] = _SERVICES["providers"]
_EVENTS: dict[str, dict[Any, dict[str, Any]]] = _load("windows_events.yaml")
