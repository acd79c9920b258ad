"""The company of the demo: its machines and people, the same for the same seed."""

from __future__ import annotations

from random import Random

from ringfence.drills.model import Company, Exposure, Host, Importance, Person

OFFICE_IP = "203.0.113.10"
AWS_ACCOUNT = "111122223333"

# login, name, department, start hour, end hour, country of work
_PEOPLE = """
amara.okafor|Amara Okafor|Finance|8|17|DE
liam.brandt|Liam Brandt|Finance|8|17|DE
chen.yu|Chen Yu|Finance|9|18|DE
sofia.marin|Sofia Marin|Finance|8|16|DE
jonas.keller|Jonas Keller|Sales|9|18|DE
elena.rossi|Elena Rossi|Sales|9|18|IT
tariq.haddad|Tariq Haddad|Sales|8|18|DE
mei.tanaka|Mei Tanaka|Sales|7|16|DE
oliver.grant|Oliver Grant|Sales|9|18|GB
nadia.petrov|Nadia Petrov|Human Resources|8|16|DE
paul.weiss|Paul Weiss|Human Resources|8|17|DE
ingrid.dahl|Ingrid Dahl|Legal|9|17|DE
samuel.osei|Samuel Osei|Legal|9|18|DE
rosa.vidal|Rosa Vidal|Management|8|19|DE
henrik.lund|Henrik Lund|Management|8|19|DE
wei.zhang|Wei Zhang|Engineering|10|19|DE
priya.nair|Priya Nair|Engineering|9|18|DE
marek.novak|Marek Novak|Engineering|9|18|CZ
lucia.fernandez|Lucia Fernandez|Engineering|9|18|ES
tom.becker|Tom Becker|Engineering|10|19|DE
yusuf.demir|Yusuf Demir|Engineering|9|18|DE
anna.kowalska|Anna Kowalska|Engineering|8|17|DE
felix.braun|Felix Braun|Data|8|17|DE
grace.mbeki|Grace Mbeki|Data|9|18|DE
daniel.hoff|Daniel Hoff|Data|8|17|DE
kai.lindner|Kai Lindner|IT|7|16|DE
maria.santos|Maria Santos|IT|9|18|DE
erik.johansson|Erik Johansson|IT|8|17|DE
bela.horvath|Bela Horvath|Operations|6|15|DE
ivy.clarke|Ivy Clarke|Operations|12|21|DE
"""

_APPLICATIONS = {
    "Finance": ("outlook", "excel", "chrome", "sap"),
    "Sales": ("outlook", "chrome", "teams", "word"),
    "Human Resources": ("outlook", "word", "chrome"),
    "Legal": ("outlook", "word", "acrobat"),
    "Management": ("outlook", "teams", "chrome"),
    "Engineering": ("code", "chrome", "git", "teams"),
    "Data": ("excel", "dbeaver", "chrome", "code"),
    "IT": ("chrome", "mmc", "powershell", "teams"),
    "Operations": ("chrome", "outlook", "sap"),
}

_CODES = {
    "Finance": "fin",
    "Sales": "sal",
    "Human Resources": "hr",
    "Legal": "leg",
    "Management": "mgt",
    "Engineering": "eng",
    "Data": "dat",
    "IT": "it",
    "Operations": "ops",
}

# name, ip, system, role, importance, business system, department, owner, exposure
_SERVERS = """
dc01|10.20.1.10|windows|domain controller|special|Directory|IT|kai.lindner|internal
dc02|10.20.1.11|windows|domain controller|special|Directory|IT|kai.lindner|internal
fs01|10.20.1.20|windows|file server|important|Office files|IT|erik.johansson|internal
adm01|10.20.1.30|windows|administration server|important|Directory|IT|kai.lindner|internal
bkp01|10.20.1.40|windows|backup server|important|Backup|IT|erik.johansson|internal
mail01|10.20.2.25|linux|mail server|important|Mail|IT|maria.santos|internet
web01|10.20.3.10|linux|web server|important|Customer portal|Engineering|priya.nair|internet
web02|10.20.3.11|linux|web server|general|Marketing site|Sales|jonas.keller|internet
db01|10.20.4.10|linux|database server|special|Core customer database|Data|grace.mbeki|internal
bastion01|10.20.5.10|linux|bastion|important|Remote administration|IT|maria.santos|internet
fw01|10.20.0.1|device|firewall and VPN|important|Network|IT|erik.johansson|internet
sensor01|10.20.0.5|linux|network sensor|general|Network|IT|erik.johansson|internal
scan01|10.20.1.60|linux|vulnerability scanner|general|Security|IT|maria.santos|internal
k8s-prod|10.20.6.10|kubernetes|Kubernetes cluster|important|Customer portal|Engineering|marek.novak|internal
k8s-node01|10.20.6.11|linux|Kubernetes node|important|Customer portal|Engineering|marek.novak|internal
k8s-node02|10.20.6.12|linux|Kubernetes node|important|Customer portal|Engineering|marek.novak|internal
"""

_LAPTOP_SHARERS = ("bela.horvath", "ivy.clarke")
"""Two shifts share one machine in Operations."""


def company(seed: int = 1) -> Company:
    """Return the company: about 45 hosts and 30 people, the same for the same seed.

    The seed decides what differs between companies of the same shape: identifiers, home addresses, hours.
    """
    rng = Random(f"company:{seed}")
    authority = "-".join(str(rng.randint(100_000_000, 999_999_999)) for _ in range(3))
    people = _people(rng, authority)
    hosts = (*_servers(), *_workstations(people), _cloud_account())
    return Company(
        seed=seed,
        hosts=hosts,
        people=people,
        office_ip=OFFICE_IP,
        aws_account=AWS_ACCOUNT,
        by_name={host.name: host for host in hosts},
        by_login={person.login: person for person in people},
    )


def export_assets(company: Company) -> list[dict[str, str | list[str]]]:
    """Return one row per host for the asset inventory.

    Keys: hostname, fqdn, ips (list), system, role, importance (special, important, general), business_system,
    department, owner (login), owner_email, exposure (internet, internal).
    """
    return [
        {
            "hostname": host.name,
            "fqdn": host.fqdn.lower(),
            "ips": [host.ip] if host.ip else [],
            "system": host.system,
            "role": host.role,
            "importance": host.importance.value,
            "business_system": host.business_system,
            "department": host.department,
            "owner": host.owner,
            "owner_email": company.person(host.owner).email,
            "exposure": host.exposure.value,
        }
        for host in company.hosts
    ]


def _people(rng: Random, authority: str) -> tuple[Person, ...]:
    numbers: dict[str, int] = {}
    people: list[Person] = []
    for index, line in enumerate(_PEOPLE.strip().splitlines()):
        login, name, department, starts, ends, country = line.split("|")
        if login not in _LAPTOP_SHARERS[1:]:
            numbers[department] = numbers.get(department, 0) + 1
        shift = rng.choice((-1, 0, 0, 0))
        people.append(
            Person(
                login=login,
                name=name,
                department=department,
                workstation=f"ws-{_CODES[department]}-{numbers[department]:02d}",
                sid=f"S-1-5-21-{authority}-{1104 + index * 3}",
                country=country,
                home_ip=f"198.51.100.{10 + index}",
                starts=int(starts) + shift,
                ends=int(ends) + shift,
                applications=_APPLICATIONS[department],
                admin=department == "IT",
            )
        )
    return tuple(people)


def _workstations(people: tuple[Person, ...]) -> list[Host]:
    found: dict[str, Host] = {}
    for index, person in enumerate(people):
        if person.workstation not in found:
            found[person.workstation] = Host(
                name=person.workstation,
                ip=f"10.20.10.{20 + index}",
                system="windows",
                role="workstation",
                importance=Importance.GENERAL,
                business_system="Office workplace",
                department=person.department,
                owner=person.login,
            )
    return list(found.values())


def _servers() -> list[Host]:
    hosts: list[Host] = []
    for line in _SERVERS.strip().splitlines():
        name, ip, system, role, importance, business, department, owner, exposure = line.split("|")
        hosts.append(
            Host(name, ip, system, role, Importance(importance), business, department, owner, Exposure(exposure))
        )
    return hosts


def _cloud_account() -> Host:
    return Host(
        name=AWS_ACCOUNT,
        ip="",
        system="aws",
        role="AWS account",
        importance=Importance.IMPORTANT,
        business_system="Cloud storage and batch",
        department="Engineering",
        owner="lucia.fernandez",
        exposure=Exposure.INTERNET,
    )
