"""Log Analytics tables about machines: VMConnection (VM insights) and CommonSecurityLog rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ringfence.collect.flatten import flatten
from ringfence.collect.parsers.field_table import compile_table
from ringfence.collect.parsers.json_parser import Json, JsonParser, event
from ringfence.collect.record import Record
from ringfence.collect.timestamp import parse_time
from ringfence.ecs.event import Parsed
from ringfence.ecs.logsource import logsource

_CONNECTION = logsource("azure", ("network_connection", "firewall"), "vmconnection")
_SECURITY = logsource("azure", ("firewall",), "commonsecuritylog")
_STEPS = compile_table(
    {
        "Computer": "host.name",
        "Direction": "network.direction",
        "CommunicationDirection": "network.direction",
        "ProcessName": "process.name",
        "SourceIp": "source.ip",
        "SourceIP": "source.ip",
        "SourcePort": "source.port",
        "DestinationIp": "destination.ip",
        "DestinationIP": "destination.ip",
        "DestinationPort": "destination.port",
        "Protocol": "network.transport",
        "RemoteDnsCanonicalNames": "destination.domain",
        "BytesSent": "source.bytes",
        "SentBytes": "source.bytes",
        "BytesReceived": "destination.bytes",
        "ReceivedBytes": "destination.bytes",
        "ConnectionId": "event.id",
        "MaliciousIp": "threat.indicator.name",
        "DeviceVendor": "observer.vendor",
        "DeviceProduct": "observer.product",
        "DeviceName": "observer.name",
        "DeviceAction": "event.action",
        "Activity": "rule.name",
        "SourceUserName": "user.name",
        "DestinationUserName": "user.target.name",
        "RequestURL": "url.full",
        "Message": "message",
    }
)


class AzureTables(JsonParser):
    """Rows of VMConnection (connections of a machine with the process behind them) and CommonSecurityLog (CEF)."""

    name: ClassVar[str] = "azure_tables"
    title: ClassVar[str] = "Azure VM insights connections and CommonSecurityLog"
    samples: ClassVar[Sequence[str]] = (
        '{"TimeGenerated":"2026-03-01T08:00:00Z","Computer":"srv1","Direction":"outbound","ProcessName":"java",'
        '"SourceIp":"192.0.2.7","DestinationIp":"198.51.100.9","DestinationPort":389,"Protocol":"tcp",'
        '"Type":"VMConnection"}',
    )

    def fits(self, data: Json) -> bool:
        """Tell whether the object is a row of one of the tables."""
        if "TimeGenerated" not in data:
            return False
        return data.get("Type") in ("VMConnection", "CommonSecurityLog") or (
            "Direction" in data and "SourceIp" in data and "DestinationIp" in data
        )

    def read(self, data: Json, record: Record) -> Parsed:
        """Return the event."""
        del record
        fields = flatten(data)
        connection = data.get("Type") != "CommonSecurityLog"
        if connection:
            fields.setdefault("Image", fields.get("ProcessName"))
            fields.setdefault("Initiated", str(fields.get("Direction") == "outbound").lower())
        for native, name in (("SourceIp", "src_ip"), ("DestinationIp", "dst_ip"), ("DestinationPort", "dst_port")):
            if native in fields:
                fields.setdefault(name, fields[native])
        return event(
            self.name,
            _CONNECTION if connection else _SECURITY,
            "azure.vmconnection" if connection else "azure.commonsecuritylog",
            parse_time(data.get("TimeGenerated")),
            fields,
            _STEPS,
            event__category=["network"],
            event__type=["connection"],
            cloud__provider="azure",
        )
