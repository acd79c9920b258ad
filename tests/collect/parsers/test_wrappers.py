"""Envelopes taken off: whole records in, the record inside out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ringfence.collect.normalise import Normaliser
from ringfence.collect.parsers.wrappers import unwrap
from ringfence.collect.record import Record, SyslogHeader
from ringfence.ecs.event import Parsed

T = 1772352000_000000


def opened(data: dict[str, Any]) -> Record | None:
    return unwrap(Record(json.dumps(data), data, number=7, meta={"peer": "192.0.2.1"}))


def test_docker_json_file() -> None:
    assert opened({"log": "hello\n", "stream": "stdout", "time": "2026-03-01T08:00:00Z"}) == Record(
        "hello", number=7, meta={"peer": "192.0.2.1", "time": T}
    )


def test_json_in_docker_log_is_decoded() -> None:
    record = opened({"log": '{"a":1}\n', "stream": "stderr", "time": "2026-03-01T08:00:00Z"})
    assert record is not None
    assert record.data == {"a": 1}


def test_fluent_bit_with_kubernetes_metadata() -> None:
    record = opened(
        {
            "date": 1772352000.0,
            "log": "GET /",
            "stream": "stdout",
            "kubernetes": {"pod_name": "web-1", "namespace_name": "prod", "container_name": "web", "host": "node1"},
        }
    )
    assert record == Record(
        "GET /",
        number=7,
        meta={
            "peer": "192.0.2.1",
            "time": T,
            "host": "node1",
            "container": "web",
            "pod": "web-1",
            "namespace": "prod",
        },
    )


def test_journald() -> None:
    assert opened(
        {
            "MESSAGE": "Accepted publickey for mia",
            "SYSLOG_IDENTIFIER": "sshd",
            "_HOSTNAME": "srv1",
            "_PID": "77",
            "PRIORITY": "6",
            "SYSLOG_FACILITY": "10",
            "__REALTIME_TIMESTAMP": "1772352000123456",
        }
    ) == Record(
        "Accepted publickey for mia",
        number=7,
        syslog=SyslogHeader(time=T + 123456, priority=86, host="srv1", program="sshd", pid="77"),
        meta={"peer": "192.0.2.1", "host": "srv1", "time": T + 123456},
    )


def test_journald_bytes() -> None:
    record = opened({"MESSAGE": [104, 105], "_HOSTNAME": "srv1"})
    assert record is not None
    assert record.raw == "hi"


def test_log_analytics_syslog_row() -> None:
    record = opened(
        {
            "TimeGenerated": "2026-03-01T08:00:01Z",
            "EventTime": "2026-03-01T08:00:00Z",
            "Facility": "auth",
            "SeverityLevel": "info",
            "HostName": "srv1",
            "ProcessName": "sshd",
            "SyslogMessage": "Accepted password for mia from 192.0.2.7 port 4022 ssh2",
        }
    )
    assert record is not None
    assert record.syslog == SyslogHeader(time=T, priority=38, host="srv1", program="sshd")


def test_filebeat_line() -> None:
    record = opened(
        {
            "@timestamp": "2026-03-01T08:00:00Z",
            "message": "line of a file",
            "log": {"file": {"path": "/var/log/app.log"}},
            "host": {"name": "srv1"},
            "agent": {"name": "srv1", "type": "filebeat"},
        }
    )
    assert record == Record(
        "line of a file",
        number=7,
        meta={"peer": "192.0.2.1", "host": "srv1", "path": "/var/log/app.log", "time": T, "agent": "srv1"},
    )


def test_filebeat_module_whose_pipeline_did_not_run() -> None:
    parsed = Normaliser().parse(
        Record(
            json.dumps(
                {
                    "@timestamp": "2026-03-01T09:00:00Z",
                    "message": "Mar  1 08:00:00 srv1 sshd[7]: Failed password for mia from 192.0.2.7 port 4022 ssh2",
                    "event": {"dataset": "system.auth", "module": "system"},
                    "agent": {"type": "filebeat"},
                }
            ),
            meta={"received": T},
        )
    )
    assert isinstance(parsed, Parsed)
    assert (parsed.time, parsed.ecs["source.ip"], parsed.logsource.service) == (T, "192.0.2.7", "sshd")


@pytest.mark.parametrize(
    "data",
    [
        {"EventID": 1, "Channel": "Security", "MESSAGE": "x"},
        {"message": "a plain record", "level": "info"},
        {"log": {"level": "info"}, "message": "x", "user": "mia"},
        {"MESSAGE": 7},
        {"MESSAGE": [999]},
        {"log": "  ", "stream": "stdout"},
        {"SyslogMessage": None},
        {"event": {"original": "x", "category": ["web"]}, "@timestamp": "2026-03-01T08:00:00Z"},
    ],
)
def test_what_is_no_envelope_stays(data: dict[str, Any]) -> None:
    assert opened(data) is None


def test_a_journald_record_reaches_the_text_parsers_with_its_host() -> None:
    parsed = Normaliser().parse(
        Record(
            json.dumps(
                {
                    "MESSAGE": "Failed password for mia from 192.0.2.7 port 4022 ssh2",
                    "SYSLOG_IDENTIFIER": "sshd",
                    "_HOSTNAME": "srv1",
                    "__REALTIME_TIMESTAMP": "1772352000000000",
                }
            )
        )
    )
    assert isinstance(parsed, Parsed)
    assert (parsed.time, parsed.ecs["host.name"], parsed.ecs["source.ip"], parsed.logsource.product) == (
        T,
        "srv1",
        "192.0.2.7",
        "linux",
    )
