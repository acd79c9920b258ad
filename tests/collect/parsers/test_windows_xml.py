"""Windows events as XML text."""

from __future__ import annotations

import pytest

from ringfence.collect.normalise import Normaliser
from ringfence.collect.parsers.windows_xml import data_of_xml, read_event
from ringfence.collect.record import Record
from ringfence.core.errors import ParseError
from ringfence.ecs.event import Parsed
from ringfence.ecs.logsource import logsource

EVENT = (
    '<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System>'
    '<Provider Name="Microsoft-Windows-Sysmon" Guid="{g}"/><EventID>22</EventID><Level>4</Level>'
    '<TimeCreated SystemTime="2026-03-01T08:00:00.1234567Z"/><EventRecordID>7</EventRecordID>'
    '<Execution ProcessID="11" ThreadID="12"/><Channel>Microsoft-Windows-Sysmon/Operational</Channel>'
    '<Computer>pc1</Computer><Security UserID="S-1-5-18"/></System>'
    '<EventData><Data Name="QueryName">www.example.com</Data><Data Name="Image">C:\\a &amp; b.exe</Data></EventData>'
    "</Event>"
)


def test_event_in_text() -> None:
    record = Record(EVENT)
    parsed = Normaliser().parse(record)
    assert parsed == Parsed(
        parser="windows_xml",
        logsource=logsource("windows", ("dns_query",), "sysmon"),
        time=1772352000_123456,
        ecs={
            "event.code": "22",
            "event.module": "windows",
            "event.dataset": "windows.sysmon",
            "host.os.type": "windows",
            "event.action": "dns-query",
            "event.category": ["network"],
            "event.type": ["protocol"],
            "event.provider": "Microsoft-Windows-Sysmon",
            "host.name": "pc1",
            "process.executable": "C:\\a & b.exe",
            "process.name": "a & b.exe",
            "dns.question.name": "www.example.com",
            "log.level": "information",
        },
        fields={
            "Channel": "Microsoft-Windows-Sysmon/Operational",
            "Computer": "pc1",
            "Level": 4,
            "EventRecordID": 7,
            "Execution_ProcessID": "11",
            "Execution_ThreadID": "12",
            "UserID": "S-1-5-18",
            "QueryName": "www.example.com",
            "Image": "C:\\a & b.exe",
            "EventID": 22,
            "Provider_Name": "Microsoft-Windows-Sysmon",
        },
    )


def test_sysmon_for_linux_in_syslog() -> None:
    body = EVENT.replace("Microsoft-Windows-Sysmon/Operational", "Linux-Sysmon/Operational").replace(
        "Microsoft-Windows-Sysmon", "Linux-Sysmon"
    )
    parsed = Normaliser().parse(Record(f"Mar  1 08:00:00 srv1 sysmon[7]: {body}"))
    assert isinstance(parsed, Parsed)
    assert parsed.parser == "windows_xml"
    assert parsed.logsource is logsource("linux", ("dns_query",), "sysmon")


def test_nameless_data_and_user_data() -> None:
    event = read_event(
        "<Event><System><EventID>1</EventID></System><EventData><Data>one</Data><Data>two</Data></EventData>"
        "<UserData><X><Name>mia</Name><Name>tom</Name></X></UserData></Event>"
    )
    assert event == {
        "System": {"EventID": 1},
        "EventData": {"Data": {"#text": ["one", "two"]}},
        "UserData": {"X": {"Name": ["mia", "tom"]}},
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('<!DOCTYPE e [<!ENTITY a "b">]><Event><System/></Event>', "not well-formed XML"),
        ("<Event><System></Event>", "not well-formed XML"),
        ("<Other/>", "the XML is no Windows event"),
        (f"<Event><UserData>{'<a>' * 40}{'</a>' * 40}</UserData></Event>", "nested deeper than 16 levels"),
        (f"<Event>{' ' * (1 << 20)}</Event>", "larger than 1 MB"),
    ],
)
def test_what_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        read_event(text)


def test_an_external_entity_is_never_read() -> None:
    bad = '<!DOCTYPE e [<!ENTITY f SYSTEM "file:///etc/hostname">]>' + EVENT.replace("www.example.com", "&f;")
    with pytest.raises(ParseError, match="not well-formed XML: DTDForbidden"):
        read_event(bad)


def test_fragments_that_are_no_xml_hold_no_data() -> None:
    assert data_of_xml("<DataItem") == {}
    assert data_of_xml('<DataItem><EventData><Data Name="a">1</Data></EventData></DataItem>') == {"a": "1"}
