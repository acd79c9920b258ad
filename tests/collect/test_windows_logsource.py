"""What Windows events are in Sigma's taxonomy."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ringfence.collect.parsers.windows_fields import steps
from ringfence.collect.windows_logsource import (
    _EVENTS,  # pyright: ignore[reportPrivateUsage]
    categories,
    meaning,
    service_of,
    services,
    windows_logsource,
)
from ringfence.ecs.logsource import logsource

SYSMON = "Microsoft-Windows-Sysmon/Operational"


@pytest.mark.parametrize(
    ("channel", "event_id", "expected"),
    [
        (SYSMON, 1, logsource("windows", ("process_creation",), "sysmon")),
        (SYSMON, 13, logsource("windows", ("registry_set", "registry_event"), "sysmon")),
        (SYSMON, 26, logsource("windows", ("file_delete", "file_delete_detected"), "sysmon")),
        (SYSMON, 99, logsource("windows", (), "sysmon")),
        ("Linux-Sysmon/Operational", 1, logsource("linux", ("process_creation",), "sysmon")),
        ("Security", 4688, logsource("windows", ("process_creation",), "security")),
        ("security", 4688, logsource("windows", ("process_creation",), "security")),
        ("Security", 4625, logsource("windows", (), "security")),
        ("Microsoft-Windows-PowerShell/Operational", 4104, logsource("windows", ("ps_script",), "powershell")),
        ("PowerShellCore/Operational", 4103, logsource("windows", ("ps_module",), "powershell")),
        ("Windows PowerShell", 400, logsource("windows", ("ps_classic_start",), "powershell-classic")),
        ("Microsoft-Windows-Windows Defender/Operational", 1116, logsource("windows", ("antivirus",), "windefend")),
        ("RPCFW", 3, logsource("rpc_firewall", ("application",), "")),
        ("Some-Vendor/Channel", 1, logsource("windows", (), "")),
    ],
)
def test_log_source(channel: str, event_id: int, expected: object) -> None:
    assert windows_logsource(channel, event_id) is expected


@pytest.mark.parametrize(
    ("event_type", "category"),
    [("CreateKey", "registry_add"), ("DeleteKey", "registry_delete"), ("DeleteValue", "registry_delete")],
)
def test_sysmon_12_by_its_type(event_type: str, category: str) -> None:
    expected = logsource("windows", (category, "registry_event"), "sysmon")
    assert windows_logsource(SYSMON, 12, event_type=event_type) is expected


def test_sysmon_12_without_a_type_is_only_a_registry_event() -> None:
    assert windows_logsource(SYSMON, 12).categories == ("registry_event",)


def test_a_deleted_value_in_the_security_log() -> None:
    found = meaning("Security", 4657, "", "%%1906").logsource
    assert found is logsource("windows", ("registry_delete", "registry_event"), "security")


def test_provider_stands_in_for_a_missing_channel() -> None:
    assert service_of("", "Microsoft-Windows-Security-Auditing") == "security"
    assert windows_logsource("", 1, "Microsoft-Windows-Sysmon").categories == ("process_creation",)


def test_every_table_that_an_event_names_exists() -> None:
    for table in _EVENTS.values():
        for entry in table.values():
            assert steps(tuple(entry.get("maps", ()))) or not entry.get("maps")


NOTED = {"dhcp", "ldap_debug"}
"""Windows services of Sigma that SigmaHQ's rules may name and that no event here carries: none are left out today."""


@pytest.mark.shared
def test_every_windows_log_source_of_sigmahq_is_known(shared: Path) -> None:
    unknown: set[str] = set()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for path in (shared / "sigmahq").glob("rules*/windows/**/*.yml"):
        for document in yaml.load_all(path.read_text(encoding="utf-8"), loader):
            source = (document or {}).get("logsource", {})
            if source.get("product") != "windows":
                continue
            service, category = source.get("service"), source.get("category")
            if service is not None and service not in services() | NOTED:
                unknown.add(f"service {service}")
            if category is not None and category not in categories():
                unknown.add(f"category {category}")
    assert unknown == set()
