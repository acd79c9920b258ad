"""Nouns of the demo: records, the company, scenarios and their ground truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

DOMAIN = "corp.example.com"
NETBIOS = "EXAMPLE"
MAIL_DOMAIN = "example.com"


class DemoRecord(msgspec.Struct, frozen=True):
    """One raw record as its product writes it.

    time_us: microseconds UTC. source: the device that sends it. sourcetype: format, e.g. `nxlog`, `nginx`.
    scenario and step (1-based): which attack step it belongs to; None for ordinary background.
    """

    time_us: int
    raw: str
    source: str
    sourcetype: str
    scenario: str | None = None
    step: int | None = None


class Importance(StrEnum):
    """Importance of a system by GB/T 20986-2023."""

    SPECIAL = "special"
    IMPORTANT = "important"
    GENERAL = "general"


class Exposure(StrEnum):
    """From where a system can be reached."""

    INTERNET = "internet"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Host:
    """A machine, device, cluster or cloud account of the company."""

    name: str
    ip: str
    system: str
    """windows, linux, device, kubernetes or aws."""
    role: str
    importance: Importance
    business_system: str
    department: str
    owner: str
    exposure: Exposure = Exposure.INTERNAL

    @property
    def fqdn(self) -> str:
        """Name as Windows writes it in its events."""
        return f"{self.name.upper()}.{DOMAIN}" if self.system == "windows" else self.name


@dataclass(frozen=True, slots=True)
class Person:
    """An employee: who, where and with which habits. Hours are UTC hours of the day."""

    login: str
    name: str
    department: str
    workstation: str
    sid: str
    country: str
    home_ip: str
    starts: int
    ends: int
    applications: tuple[str, ...]
    admin: bool = False

    @property
    def email(self) -> str:
        """Mail address."""
        return f"{self.login}@{MAIL_DOMAIN}"

    @property
    def account(self) -> str:
        """`DOMAIN\\user` as Sysmon writes it."""
        return f"{NETBIOS}\\{self.login}"


@dataclass(frozen=True, slots=True)
class Company:
    """The whole company. Lookups by name are dictionaries; lists keep a stable order."""

    seed: int
    hosts: tuple[Host, ...]
    people: tuple[Person, ...]
    office_ip: str
    aws_account: str
    by_name: dict[str, Host] = field(repr=False)
    by_login: dict[str, Person] = field(repr=False)

    def host(self, name: str) -> Host:
        """Return the host of this name; KeyError if the company has none."""
        return self.by_name[name]

    def person(self, login: str) -> Person:
        """Return the person with this login; KeyError if there is none."""
        return self.by_login[login]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an attack: when it began (microseconds UTC), what it is in ATT&CK, whom it touched."""

    time: int
    technique: str
    tactic: str
    what: str
    entities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroundTruth:
    """What really happened in one scenario: the answer that detection is measured against.

    start and end: microseconds UTC of its first and last record. expected_level: P0-P3 by GB/T 20986-2023 with the
    reason. expected_rules: ids of our own Sigma rules that must fire on its records.
    """

    scenario: str
    title: str
    category: str
    start: int
    end: int
    steps: tuple[Step, ...]
    entities: tuple[str, ...]
    expected_level: str
    reason: str
    expected_rules: tuple[str, ...]
