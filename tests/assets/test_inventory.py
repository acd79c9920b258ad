from __future__ import annotations

import pytest

from ringfence.assets import (
    Asset,
    AssetEdit,
    AssetFilter,
    AssetKind,
    AssetSort,
    Exposure,
    Importance,
    ImportReport,
    Rejected,
    Sighting,
    address_of,
    discover_assets,
    edit_asset,
    find_assets,
    get_asset,
    import_assets,
    list_assets,
    sightings_of,
)
from ringfence.core.actor import Actor, Role, robot
from ringfence.core.errors import DeniedError, InputError, NotFoundError, TooLargeError, UsageError
from ringfence.core.ids import digest
from ringfence.runtime.database import Database

CSV = b"""\xef\xbb\xbfName,Addresses,Kind,Importance,Business_System,Department,Owner,Exposure,Colour
FS01.example.com,192.0.2.20; 2001:DB8::1,server,important,Office files,IT,e.berg,internal,blue
dc01,192.0.2.10,Domain_Controller,SPECIAL,Directory,IT,,,
,192.0.2.9,,,,,,,
bad,not-an-address,,,,,,,
odd,,spaceship,,,,,,
"""


async def load(database: Database, actor: Actor, data: bytes = CSV) -> ImportReport:
    async with database.session() as session:
        return await import_assets(actor, session, data)


async def found(database: Database, actor: Actor, *entities: str) -> dict[str, str]:
    async with database.session() as session:
        return {entity: asset.name for entity, asset in (await find_assets(actor, session, entities)).items()}


async def test_an_import_takes_the_good_lines_and_names_the_bad(database, analyst):
    assert await load(database, analyst) == ImportReport(
        2,
        0,
        (
            Rejected(4, "no name"),
            Rejected(5, "not an address: not-an-address"),
            Rejected(6, "'spaceship' is not a valid AssetKind"),
        ),
    )
    async with database.session() as session:
        assets, total = await list_assets(analyst, session)
    assert total == 2
    assert assets[1] == Asset(
        id=digest("asset", "default", "fs01.example.com"),
        tenant="default",
        name="FS01.example.com",
        addresses=("192.0.2.20", "2001:db8::1"),
        kind=AssetKind.SERVER,
        importance=Importance.IMPORTANT,
        business_system="Office files",
        department="IT",
        owner="e.berg",
        exposure=Exposure.INTERNAL,
    )
    assert (assets[0].name, assets[0].kind, assets[0].importance) == ("dc01", "domain_controller", "special")


async def test_an_import_again_updates_and_leaves_what_it_does_not_say(database, analyst):
    await load(database, analyst)
    report = await load(database, analyst, b"name,owner\nfs01,m.chen\nFS01.example.com,m.chen\nnew,x\nNEW,y\n")
    assert report == ImportReport(1, 1)
    async with database.session() as session:
        (fs01,) = (await list_assets(analyst, session, AssetFilter(text="fs01")))[0]
        (new,) = (await list_assets(analyst, session, AssetFilter(text="new")))[0]
    assert (fs01.owner, fs01.importance, fs01.addresses) == ("m.chen", "important", ("192.0.2.20", "2001:db8::1"))
    assert new.owner == "y"


@pytest.mark.parametrize(
    ("data", "error", "says"),
    [
        (b"hostname\nx\n", InputError, "no column 'name'"),
        (b"name\n\xff\xfe\n", InputError, "not UTF-8"),
        (b'name\n"x\n', InputError, "unexpected end of data"),
        (b"name\n" + b"x\n" * 100_001, TooLargeError, "100000 lines"),
        (b"x" * (16 * 1024 * 1024 + 1), TooLargeError, "16 MB"),
    ],
)
async def test_a_file_that_is_no_inventory_is_refused(database, analyst, data, error, says):
    with pytest.raises(error, match=says):
        await load(database, analyst, data)


async def test_names_match_without_case_and_domain_but_never_across_domains(database, analyst):
    lines = b"name,addresses\nfs01.a.example.com,192.0.2.1\nfs01.b.example.com,\nweb01,192.0.2.2\nmail.a.example.com,\n"
    await load(database, analyst, lines)
    asked = ("FS01.A.example.com.", "fs01", "web01.any.example.com", "WEB01", "mail", "mail.b.example.com", "x", "::1")
    assert await found(database, analyst, *asked) == {
        "FS01.A.example.com.": "fs01.a.example.com",
        "web01.any.example.com": "web01",
        "WEB01": "web01",
        "mail": "mail.a.example.com",
    }
    assert await found(database, analyst, "192.0.2.2", "::ffff:192.0.2.1", "192.0.2.99") == {
        "192.0.2.2": "web01",
        "::ffff:192.0.2.1": "fs01.a.example.com",
    }


async def test_ten_thousand_names_are_looked_up(database, analyst):
    await load(database, analyst, b"name\n" + b"\n".join(b"srv%d" % n for n in range(9000)))
    names = await found(database, analyst, *(f"SRV{n}.example.com" for n in range(10_000)))
    assert len(names) == 9000
    assert names["SRV8999.example.com"] == "srv8999"


def test_sightings_gather_hosts_with_times_and_addresses():
    rows = [
        (20, {"host.name": "WS1", "host.ip": "192.0.2.1"}),
        (10, {"host.name": "ws1", "host.ip": ["192.0.2.2", "127.0.0.1", "fe80::1%3", "junk"]}),
        (30, {"host.name": ""}),
        (30, {"source.ip": "192.0.2.3"}),
        (30, {"host.name": "x" * 300}),
    ]
    assert sightings_of(rows) == [Sighting("WS1", ("192.0.2.1", "192.0.2.2"), 10, 20)]


async def test_discovery_adds_hosts_once_and_keeps_what_people_said(database, analyst):
    await load(database, analyst)
    async with database.session() as session:
        sightings = [
            Sighting("WS1.example.com", ("192.0.2.77",), 100, 200),
            Sighting("ws1", (), 300, 400),
            Sighting("fs01.example.com", ("192.0.2.21",), 50, 60),
        ]
        assert await discover_assets(robot(), session, sightings) == 2
    async with database.session() as session:
        assert await discover_assets(robot(), session, [Sighting("WS1.EXAMPLE.com", (), 90, 210)]) == 0
        asked = await find_assets(analyst, session, ["ws1.example.com", "192.0.2.21"])
    seen = asked["ws1.example.com"]
    assert (seen.discovered, seen.importance, seen.first_seen, seen.last_seen) == (True, "general", 90, 210)
    known = asked["192.0.2.21"]
    assert (known.name, known.discovered, known.importance, known.last_seen) == (
        "FS01.example.com",
        False,
        "important",
        60,
    )


async def test_an_address_that_moved_belongs_to_the_host_seen_last(database, analyst):
    async with database.session() as session:
        await discover_assets(robot(), session, [Sighting("ws1", ("192.0.2.5",), 1, 10)])
        await discover_assets(robot(), session, [Sighting("ws2", ("192.0.2.5",), 11, 20)])
    assert await found(database, analyst, "192.0.2.5") == {"192.0.2.5": "ws2"}


async def test_an_edit_confirms_the_asset_and_moves_its_addresses(database, analyst):
    async with database.session() as session:
        await discover_assets(robot(), session, [Sighting("ws1", ("192.0.2.5",), 1, 10)])
        (asset,) = (await list_assets(analyst, session, AssetFilter(discovered=True)))[0]
        edit = AssetEdit(importance=Importance.SPECIAL, owner="m.chen", addresses=("192.0.2.6",))
        edited = await edit_asset(analyst, session, asset.id, edit)
        assert edited == await get_asset(analyst, session, asset.id)
    assert (edited.importance, edited.owner, edited.discovered) == (Importance.SPECIAL, "m.chen", False)
    assert await found(database, analyst, "192.0.2.5", "192.0.2.6") == {"192.0.2.6": "ws1"}
    async with database.session() as session:
        with pytest.raises(UsageError, match="not an address"):
            await edit_asset(analyst, session, asset.id, AssetEdit(addresses=("x",)))


async def test_lists_are_filtered_sorted_and_paged(database, analyst):
    await load(
        database, analyst, b"name,importance,department\nb,general,IT\na,general,IT\nc,special,HR\nd_e,important,HR\n"
    )
    async with database.session() as session:

        async def names(wanted: AssetFilter | None = None, **how: object) -> tuple[list[str], int]:
            assets, total = await list_assets(analyst, session, wanted, **how)  # type: ignore[arg-type]
            return [asset.name for asset in assets], total

        assert await names() == (["c", "d_e", "a", "b"], 4)
        assert await names(sort=AssetSort.NAME, limit=2, offset=1) == (["b", "c"], 4)
        assert await names(AssetFilter(department="HR")) == (["c", "d_e"], 2)
        assert await names(AssetFilter(text="_")) == (["d_e"], 1)
        assert await names(AssetFilter(importance=frozenset({Importance.GENERAL}))) == (["a", "b"], 2)


async def test_tenants_never_see_each_other(database, analyst, stranger):
    await load(database, analyst)
    await load(database, stranger, b"name,importance\ndc01,general\n")
    assert (await found(database, stranger, "fs01", "192.0.2.10"), await found(database, stranger, "dc01")) == (
        {},
        {"dc01": "dc01"},
    )
    async with database.session() as session:
        mine = digest("asset", "default", "dc01")
        with pytest.raises(NotFoundError):
            await get_asset(stranger, session, mine)
        with pytest.raises(NotFoundError):
            await edit_asset(stranger, session, mine, AssetEdit(owner="thief"))
        assert [asset.importance for asset in (await list_assets(stranger, session))[0]] == ["general"]


async def test_permissions(database):
    owner = Actor("o", "Owner", "default", frozenset({Role.ASSET_OWNER}))
    l1 = Actor("l", "L1", "default", frozenset({Role.L1}))
    async with database.session() as session:
        for call in (
            list_assets(owner, session),
            get_asset(owner, session, "x"),
            find_assets(owner, session, ["x"]),
            import_assets(l1, session, CSV),
            edit_asset(l1, session, "x", AssetEdit()),
            discover_assets(l1, session, []),
        ):
            with pytest.raises(DeniedError):
                await call


def test_addresses_have_one_spelling():
    spelled = ("192.0.2.1", "::FFFF:192.0.2.1", "2001:DB8:0::1", "fe80::1%eth0", "fs01", "1.2.3", "")
    assert [address_of(text) for text in spelled] == [
        "192.0.2.1",
        "192.0.2.1",
        "2001:db8::1",
        "fe80::1",
        None,
        None,
        None,
    ]
