"""An employee of the data team copies the core customer database in the night, from home over the VPN."""

from __future__ import annotations

from ringfence.drills.background.desk import IMAGES
from ringfence.drills.scenarios.stage import Stage
from ringfence.drills.sources import database, identity, network, sysmon, windows
from ringfence.drills.sources.sysmon import Process

INSIDER = "felix.braun"
_TABLES = (("customers", 1_240_000), ("payment_methods", 910_000), ("orders", 5_800_000), ("addresses", 1_310_000))


def play(stage: Stage) -> None:
    """Play the night."""
    _sign_in(stage)
    _look(stage)
    _copy(stage)
    _take_away(stage)


def _sign_in(stage: Stage) -> None:
    company = stage.company
    person = company.person(INSIDER)
    host = company.host(person.workstation)
    stage.step("T1078.002", "initial-access", "A sign-in far outside working hours", INSIDER, host.name, person.home_ip)
    stage.emit(identity.okta(stage.now, person, action="user.session.start", ip=person.home_ip))
    stage.emit(
        identity.m365(
            stage.wait(20),
            person,
            operation="UserLoggedIn",
            workload="AzureActiveDirectory",
            record_type=15,
            ip=person.home_ip,
            result="Success",
        )
    )
    stage.emit(windows.logon(stage.wait(15), host, person, kind=10, ip=person.home_ip, logon_id=0xE1E1E1))


def _look(stage: Stage) -> None:
    company = stage.company
    person = company.person(INSIDER)
    host, store = company.host(person.workstation), company.host("db01")
    stage.wait(120)
    stage.step("T1082", "discovery", "The tables and their sizes are listed", INSIDER, store.name)
    for text in (
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'",
        "SELECT relname, n_live_tup FROM pg_stat_user_tables ORDER BY n_live_tup DESC",
        "SELECT count(*) FROM customers",
    ):
        stage.emit(
            database.statement(
                stage.now, store, user=INSIDER, client=host.ip, text=text, app="psql", pid=3310, milliseconds=18.5
            )
        )
        stage.wait(25)


def _copy(stage: Stage) -> None:
    company = stage.company
    person = company.person(INSIDER)
    host, store = company.host(person.workstation), company.host("db01")
    tool = Process("C:\\Program Files\\PostgreSQL\\16\\bin\\psql.exe", "psql -h db01 core", person.account, 6620)
    stage.step("T1213.006", "collection", "Four whole tables, 9 million rows, are copied out", INSIDER, store.name)
    for number, (table, rows) in enumerate(_TABLES):
        text = f"COPY (SELECT * FROM {table}) TO STDOUT WITH CSV HEADER"  # noqa: S608 - a log line, never run
        stage.emit(
            database.statement(
                stage.wait(40),
                store,
                user=INSIDER,
                client=host.ip,
                text=text,
                app="psql",
                pid=3310,
                milliseconds=rows / 30,
            )
        )
        path = f"C:\\Users\\{INSIDER}\\Documents\\export\\{table}.csv"
        stage.emit(sysmon.created_file(stage.wait(1), host, tool, path=path))
        stage.emit(
            network.conn(
                stage.wait(30),
                company.host("sensor01"),
                src=host.ip,
                dst=store.ip,
                sport=50_100 + number,
                dport=5432,
                service="postgresql",
                sent=9000,
                received=rows * 190,
            )
        )


def _take_away(stage: Stage) -> None:
    company = stage.company
    person = company.person(INSIDER)
    host = company.host(person.workstation)
    stage.wait(240)
    stage.step("T1560.001", "collection", "The export is packed with a password", INSIDER, host.name)
    archiver = Process(
        "C:\\Program Files\\7-Zip\\7z.exe",
        f"7z.exe a -pHoliday25 -mhe=on photos.7z C:\\Users\\{INSIDER}\\Documents\\export",
        person.account, 6780, "C:\\Windows\\System32\\cmd.exe", "cmd.exe", 6700, born=stage.now,
    )  # fmt: skip
    stage.emit(sysmon.started(stage.now, host, archiver))
    stage.wait(120)
    stage.step("T1567.002", "exfiltration", "310 MB leave for a private file host", INSIDER, host.name, "192.0.2.240")
    browser = Process(IMAGES["chrome"], f'"{IMAGES["chrome"]}"', person.account, 6900, born=stage.now)
    sensor, away = company.host("sensor01"), "192.0.2.240"
    stage.emit(sysmon.asked_dns(stage.now, host, browser, name="files.example.net", answer=away))
    stage.emit(network.tls(stage.wait(0.2), sensor, src=host.ip, dst=away, name="files.example.net"))
    stage.emit(
        network.conn(
            stage.wait(200),
            sensor,
            src=host.ip,
            dst=away,
            sport=50_222,
            dport=443,
            service="ssl",
            sent=325_000_000,
            received=410_000,
        )
    )
