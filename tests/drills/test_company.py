"""The demo company and its inventory rows."""

from __future__ import annotations

from ipaddress import ip_address

from ringfence.drills import Exposure, Importance, company, export_assets


def test_the_same_seed_gives_the_same_company_and_another_seed_another() -> None:
    assert company(7) == company(7)
    assert company(7).people[0].sid != company(8).people[0].sid


def test_hosts_have_names_and_addresses_of_their_own() -> None:
    hosts = company(1).hosts
    assert len(hosts) == 46
    assert len({host.name for host in hosts}) == 46
    addresses = [host.ip for host in hosts if host.ip]
    assert len(set(addresses)) == len(addresses)
    assert all(ip_address(address).is_private for address in addresses)


def test_everybody_has_a_workstation_and_working_hours() -> None:
    made = company(1)
    assert len(made.people) == 30
    for person in made.people:
        assert made.host(person.workstation).role == "workstation"
        assert 0 <= person.starts < person.ends <= 24


def test_importance_follows_the_business() -> None:
    made = company(1)
    special = {host.name for host in made.hosts if host.importance is Importance.SPECIAL}
    assert special == {"dc01", "dc02", "db01"}
    assert made.host("web02").importance is Importance.GENERAL
    assert made.host("web02").exposure is Exposure.INTERNET


def test_an_asset_row_holds_what_the_inventory_needs() -> None:
    rows = {str(row["hostname"]): row for row in export_assets(company(1))}
    assert len(rows) == 46
    assert rows["db01"] == {
        "hostname": "db01",
        "fqdn": "db01",
        "ips": ["10.20.4.10"],
        "system": "linux",
        "role": "database server",
        "importance": "special",
        "business_system": "Core customer database",
        "department": "Data",
        "owner": "grace.mbeki",
        "owner_email": "grace.mbeki@example.com",
        "exposure": "internal",
    }
    assert rows["fs01"]["fqdn"] == "fs01.corp.example.com"
    assert rows["111122223333"]["ips"] == []
