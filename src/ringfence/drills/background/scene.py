"""What background acts need: the company, who is at work, and chance from one seeded source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import exp
from random import Random
from typing import TypeVar

from ringfence.drills.model import Company, DemoRecord, Host, Person

T = TypeVar("T")


class Scene:
    """The company and a random source; acts draw everything variable from here."""

    def __init__(self, company: Company, rng: Random) -> None:
        self.company = company
        self.rng = rng
        self.number = rng.random
        self._present = [
            [person for person in company.people if person.starts <= hour < person.ends] for hour in range(24)
        ]
        self.linux = [host for host in company.hosts if host.system == "linux"]
        self.windows = [host for host in company.hosts if host.system == "windows"]
        self.sensor = company.host("sensor01")
        self.hour = 0

    def below(self, limit: int) -> int:
        """A whole number from 0 to limit - 1 (quicker than `randrange`)."""
        return int(self.number() * limit)

    def pick(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[int(self.number() * len(items))]

    def at_work(self) -> Person | None:
        """Somebody who is at work in this hour, if anybody is."""
        present = self._present[self.hour]
        return present[int(self.number() * len(present))] if present else None

    def workers(self, hour: int) -> int:
        """How many people are at work."""
        return len(self._present[hour])

    def visitor(self) -> str:
        """Address of a customer on the internet (documentation range)."""
        return f"192.0.2.{1 + int(self.number() * 150)}"

    def stranger(self) -> str:
        """Address of a bot or scanner on the internet: none of the customers', none of the attackers'."""
        return f"192.0.2.{151 + int(self.number() * 40)}"

    def poisson(self, mean: float) -> int:
        """How many times something with this mean happens."""
        if mean > 30:
            return max(0, round(self.rng.gauss(mean, mean**0.5)))
        limit, product, count = exp(-mean), self.number(), 0
        while product > limit:
            product *= self.number()
            count += 1
        return count


Act = Callable[[Scene, int], Iterable[DemoRecord]]
"""Something that happens at a time (microseconds UTC): records from then on, in any order, over a few minutes."""


@dataclass(frozen=True, slots=True)
class Habit:
    """An act that recurs: `per_hour` times an hour, for each person at work if `personal`."""

    act: Act
    per_hour: float
    personal: bool = False
    night: float = 1.0
    """Share of the rate that remains outside 07-19 h."""

    def mean(self, scene: Scene, hour: int) -> float:
        """Expected number of acts in the hour."""
        rate = self.per_hour if 7 <= hour < 19 else self.per_hour * self.night
        return rate * scene.workers(hour) if self.personal else rate


@dataclass(frozen=True, slots=True)
class Appointment:
    """An act at a fixed time: seconds after midnight."""

    at: float
    act: Act


def system_account(host: Host) -> Person:
    """The machine's own account, as events name it."""
    return Person(f"{host.name.upper()}$", "SYSTEM", "", host.name, "S-1-5-18", "DE", "", 0, 24, ())


def service_account(company: Company, login: str, number: int) -> Person:
    """A service account of the domain; `number` makes its SID."""
    authority = company.people[0].sid.rsplit("-", 1)[0]
    return Person(login, login, "IT", "bkp01", f"{authority}-{number}", "DE", "", 0, 24, ())


SYSTEM_USER = "NT AUTHORITY\\SYSTEM"
