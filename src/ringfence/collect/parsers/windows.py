"""Windows events in every shape that shippers give them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from ringfence.collect.parsers.json_parser import with_sent_time
from ringfence.collect.parsers.text import TextParser, zone_of
from ringfence.collect.parsers.windows_event import build
from ringfence.collect.parsers.windows_shapes import Shaped, from_event, from_flat
from ringfence.collect.parsers.windows_shippers import from_old_winlogbeat, from_wazuh, from_winlogbeat
from ringfence.collect.parsers.windows_xml import read_event
from ringfence.collect.record import Record
from ringfence.core.errors import ParseError
from ringfence.ecs.event import Parsed

_FLAT_WITH = frozenset(
    ("Channel", "SourceName", "EventLog", "LogName", "ProviderGuid", "EventSourceName", "ProviderName", "Provider")
)


class Windows:
    """Windows events: EVTX records, Winlogbeat, NXLog, Snare and OTRF JSON, Wazuh's `win`, Log Analytics rows.

    Native fields are the event data under Windows' own names, with EventID, Channel, Provider_Name, Computer and
    Level; Security's 4688, 4657 and 5156 get Sysmon's names beside their own, so that Sigma's categories match.
    """

    name: ClassVar[str] = "windows"
    title: ClassVar[str] = "Windows event logs (EVTX, Sysmon, Winlogbeat, NXLog, Snare, Azure Monitor)"
    samples: ClassVar[Sequence[str]] = (
        '{"Event":{"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Sysmon"}},"EventID":3,"Level":4,'
        '"TimeCreated":{"#attributes":{"SystemTime":"2026-03-01T08:00:00.123456Z"}},"Channel":'
        '"Microsoft-Windows-Sysmon/Operational","Computer":"pc1.example.com"},"EventData":{"Image":'
        '"C:\\\\Tools\\\\a.exe","User":"EXAMPLE\\\\mia","Protocol":"tcp","SourceIp":"192.0.2.7","SourcePort":50001,'
        '"DestinationIp":"198.51.100.9","DestinationPort":443}}}',
        '{"EventTime":"2026-03-01 08:00:00","Hostname":"dc1.example.com","EventID":4625,"SourceName":'
        '"Microsoft-Windows-Security-Auditing","Channel":"Security","TargetUserName":"mia","IpAddress":"192.0.2.7"}',
        '{"@timestamp":"2026-03-01T08:00:00.000Z","winlog":{"channel":"Security","provider_name":'
        '"Microsoft-Windows-Security-Auditing","computer_name":"pc1.example.com","event_id":"4688","event_data":'
        '{"NewProcessName":"C:\\\\Windows\\\\System32\\\\cmd.exe","SubjectUserName":"mia"}},"event":{"code":"4688"}}',
    )

    def accepts(self, record: Record) -> bool:
        """Tell whether the record is a Windows event."""
        data = record.data
        if data is None:
            return False
        if "EventID" in data:
            if "Channel" in data or "SourceName" in data:
                return True
            return not _FLAT_WITH.isdisjoint(data) or ("Computer" in data and "TimeGenerated" in data)
        return _shape(data) is not None

    def parse(self, record: Record) -> Parsed:
        """Return the event."""
        data = record.data
        if data is None:
            raise ParseError("not a JSON object")
        if "EventID" in data:
            shaped = from_flat(data, zone_of(record))
        else:
            shape = _shape(data)
            if shape is None:
                raise ParseError("not a Windows event of a known shape")
            shaped = shape(data)
        parsed = build(self.name, *shaped)
        return parsed if parsed.time is not None else with_sent_time(parsed, record)


def _shape(data: dict[str, Any]) -> Callable[[dict[str, Any]], Shaped] | None:
    """The reader of a record that has no EventID at its top."""
    event = data.get("Event")
    if type(event) is dict and "System" in event:
        return _whole_event
    if "System" in data and ("EventData" in data or "UserData" in data):
        return from_event
    if "winlog" in data or "winlog.channel" in data or "winlog.event_id" in data:
        return from_winlogbeat
    win = data.get("win")
    if type(win) is dict and "system" in win:
        return _win
    if "event_id" in data and "log_name" in data:
        return from_old_winlogbeat
    if "EventCode" in data and ("LogName" in data or "SourceName" in data):
        return from_flat
    if "LogName" in data and "ProviderName" in data and ("Id" in data or "EventId" in data):
        return from_flat
    return None


def _whole_event(data: dict[str, Any]) -> Shaped:
    return from_event(data["Event"])


def _win(data: dict[str, Any]) -> Shaped:
    return from_wazuh(data["win"])


class WindowsXml(TextParser):
    """Windows events as XML in text: Splunk's XmlWinEventLog, Windows event forwarding, Sysmon for Linux in syslog."""

    name: ClassVar[str] = "windows_xml"
    title: ClassVar[str] = "Windows events and Sysmon for Linux as XML"
    samples: ClassVar[Sequence[str]] = (
        '<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider Name='
        '"Microsoft-Windows-Security-Auditing"/><EventID>4624</EventID><TimeCreated SystemTime='
        '"2026-03-01T08:00:00.1234567Z"/><Channel>Security</Channel><Computer>pc1.example.com</Computer></System>'
        '<EventData><Data Name="TargetUserName">mia</Data><Data Name="IpAddress">192.0.2.7</Data></EventData></Event>',
        'Mar  1 08:00:00 srv1 sysmon[812]: <Event><System><Provider Name="Linux-Sysmon"/><EventID>1</EventID>'
        '<TimeCreated SystemTime="2026-03-01T08:00:00.123456Z"/><Channel>Linux-Sysmon/Operational</Channel>'
        '<Computer>srv1</Computer></System><EventData><Data Name="Image">/usr/bin/id</Data>'
        '<Data Name="CommandLine">id -u</Data><Data Name="User">mia</Data></EventData></Event>',
    )
    starts: ClassVar[str] = "<"

    def accepts(self, record: Record) -> bool:
        """Tell whether the message is an `<Event>` with a System part."""
        return record.body.startswith(("<Event>", "<Event ")) and "<System" in record.body[:2000]

    def parse(self, record: Record) -> Parsed:
        """Return the event."""
        return build(self.name, *from_event(read_event(record.body)))
