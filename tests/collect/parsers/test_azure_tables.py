"""Azure VM insights connections and CommonSecurityLog: our own records in, the exact event out."""

from __future__ import annotations

import json

import pytest

from ringfence.collect.normalise import Normaliser
from ringfence.collect.record import Record
from ringfence.ecs.event import Parsed
from ringfence.ecs.logsource import logsource

CASES = [
    (
        {
            "TimeGenerated": "2026-03-01T08:00:00Z",
            "Computer": "srv1",
            "Direction": "outbound",
            "ProcessName": "java",
            "SourceIp": "192.0.2.7",
            "DestinationIp": "198.51.100.9",
            "DestinationPort": 389,
            "Protocol": "tcp",
            "Type": "VMConnection",
        },
        Parsed(
            parser="azure_tables",
            logsource=logsource("azure", ("network_connection", "firewall"), "vmconnection"),
            time=1772352000000000,
            ecs={
                "event.module": "azure",
                "event.dataset": "azure.vmconnection",
                "event.category": ["network"],
                "event.type": ["connection"],
                "cloud.provider": "azure",
                "host.name": "srv1",
                "network.direction": "outbound",
                "process.name": "java",
                "source.ip": "192.0.2.7",
                "destination.ip": "198.51.100.9",
                "destination.port": 389,
                "network.transport": "tcp",
            },
            fields={
                "TimeGenerated": "2026-03-01T08:00:00Z",
                "Computer": "srv1",
                "Direction": "outbound",
                "ProcessName": "java",
                "SourceIp": "192.0.2.7",
                "DestinationIp": "198.51.100.9",
                "DestinationPort": 389,
                "Protocol": "tcp",
                "Type": "VMConnection",
                "Image": "java",
                "Initiated": "true",
                "src_ip": "192.0.2.7",
                "dst_ip": "198.51.100.9",
                "dst_port": 389,
            },
        ),
    ),
]


@pytest.mark.parametrize(("data", "expected"), CASES)
def test_record_becomes_event(data: dict[str, object], expected: Parsed) -> None:
    assert Normaliser().parse(Record(json.dumps(data))) == expected
