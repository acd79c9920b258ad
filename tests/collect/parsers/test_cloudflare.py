"""Cloudflare Logpush: our own records in, the exact event out."""

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
            "ClientIP": "192.0.2.7",
            "ClientRequestHost": "www.example.com",
            "ClientRequestMethod": "GET",
            "ClientRequestURI": "/a?b=1",
            "EdgeStartTimestamp": "2026-03-01T08:00:00Z",
            "EdgeResponseStatus": 200,
            "RayID": "r1",
        },
        Parsed(
            parser="cloudflare",
            logsource=logsource("cloudflare", ("webserver", "proxy"), "http"),
            time=1772352000000000,
            ecs={
                "event.module": "cloudflare",
                "event.dataset": "cloudflare.http",
                "event.category": ["web"],
                "event.type": ["access"],
                "observer.vendor": "Cloudflare",
                "source.ip": "192.0.2.7",
                "url.domain": "www.example.com",
                "url.path": "/a",
                "url.query": "b=1",
                "http.request.method": "GET",
                "http.response.status_code": 200,
                "event.id": "r1",
            },
            fields={
                "ClientIP": "192.0.2.7",
                "ClientRequestHost": "www.example.com",
                "ClientRequestMethod": "GET",
                "ClientRequestURI": "/a?b=1",
                "EdgeStartTimestamp": "2026-03-01T08:00:00Z",
                "EdgeResponseStatus": 200,
                "RayID": "r1",
                "cs-host": "www.example.com",
                "cs-method": "GET",
                "sc-status": 200,
                "c-useragent": None,
                "c-uri": "/a?b=1",
                "cs-uri": "/a?b=1",
                "cs-uri-stem": "/a",
                "cs-uri-query": "b=1",
            },
        ),
    ),
]


@pytest.mark.parametrize(("data", "expected"), CASES)
def test_record_becomes_event(data: dict[str, object], expected: Parsed) -> None:
    assert Normaliser().parse(Record(json.dumps(data))) == expected
