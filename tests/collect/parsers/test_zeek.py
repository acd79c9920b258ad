"""Zeek (Bro) network logs, TSV and JSON: our own records in, the exact event out."""

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
            "_path": "dns",
            "ts": 1772352000.25,
            "uid": "C1",
            "id.orig_h": "192.0.2.7",
            "id.orig_p": 50001,
            "id.resp_h": "198.51.100.53",
            "id.resp_p": 53,
            "proto": "udp",
            "query": "www.example.com",
            "qtype_name": "A",
            "rcode_name": "NOERROR",
            "answers": ["203.0.113.9"],
        },
        Parsed(
            parser="zeek",
            logsource=logsource("zeek", ("dns",), "dns"),
            time=1772352000250000,
            ecs={
                "event.module": "zeek",
                "event.dataset": "zeek.dns",
                "event.category": ["network"],
                "event.type": ["protocol"],
                "event.id": "C1",
                "source.ip": "192.0.2.7",
                "source.port": 50001,
                "destination.ip": "198.51.100.53",
                "destination.port": 53,
                "network.transport": "udp",
                "dns.question.name": "www.example.com",
                "dns.question.type": "A",
                "dns.response_code": "NOERROR",
                "dns.answers": ["203.0.113.9"],
            },
            fields={
                "ts": 1772352000.25,
                "uid": "C1",
                "id.orig_h": "192.0.2.7",
                "id.orig_p": 50001,
                "id.resp_h": "198.51.100.53",
                "id.resp_p": 53,
                "proto": "udp",
                "query": "www.example.com",
                "qtype_name": "A",
                "rcode_name": "NOERROR",
                "answers": ["203.0.113.9"],
                "answer": ["203.0.113.9"],
                "record_type": "A",
            },
        ),
    ),
]


@pytest.mark.parametrize(("data", "expected"), CASES)
def test_record_becomes_event(data: dict[str, object], expected: Parsed) -> None:
    assert Normaliser().parse(Record(json.dumps(data))) == expected
