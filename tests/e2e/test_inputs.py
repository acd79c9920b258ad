"""What real senders send, to a real server, and what they are told."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import time
from uuid import uuid4

import httpx
import pytest
from tests.e2e.server import Server


def word() -> str:
    return f"needle{uuid4().hex[:12]}"


@pytest.mark.parametrize("transport", ["-T", "-d"])
def test_logger_over_tcp_and_udp(server: Server, transport: str) -> None:
    logger = shutil.which("logger")
    if logger is None:
        pytest.skip("logger (bsdutils) is not installed")
    needle = word()
    subprocess.run(
        [logger, "-n", "127.0.0.1", "-P", str(server.syslog), transport, "-t", "sshd",
         f"Failed password for invalid user {needle} from 203.0.113.9 port 4242 ssh2"],
        check=True,
    )  # fmt: skip
    found = server.find(f"user.name:{needle}", seconds=2)
    assert found["total"] == 1
    event = found["events"][0]
    assert event["ecs"]["source.ip"] == "203.0.113.9"
    assert event["logsource"]["service"] == "sshd"


def test_hec(server: Server) -> None:
    needle = word()
    answer = httpx.post(
        f"{server.url}/services/collector",
        content=json.dumps({"event": f"hello {needle}", "time": 1_700_000_000.5, "host": "web01"}),
        headers={"Authorization": f"Splunk {server.ingest_token}"},
    )
    assert answer.json() == {"text": "Success", "code": 0}
    assert server.find(needle, seconds=2)["events"][0]["@timestamp"] == "2023-11-14T22:13:20.500000Z"


def test_elasticsearch_bulk(server: Server) -> None:
    needle = word()
    lines = [
        {"create": {"_index": "logs"}},
        {"@timestamp": "2026-01-02T03:04:05Z", "message": needle, "host": {"name": "w1"}},
    ]
    body = "".join(json.dumps(line) + "\n" for line in lines).encode()
    answer = server.send("/elastic/_bulk", body, **{"Content-Type": "application/x-ndjson"})
    assert answer.status_code == 200
    assert answer.json()["errors"] is False
    assert server.find(needle, seconds=2)["events"][0]["ecs"]["host.name"] == "w1"


def test_otlp_json(server: Server) -> None:
    needle = word()
    record = {"timeUnixNano": "1700000000000000000", "severityText": "INFO", "body": {"stringValue": f"otel {needle}"}}
    resource = {"attributes": [{"key": "host.name", "value": {"stringValue": "node7"}}]}
    body = {"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [record]}]}]}
    answer = server.send("/v1/logs", json.dumps(body).encode(), **{"Content-Type": "application/json"})
    assert answer.status_code == 200
    assert server.find(needle, seconds=2)["events"][0]["ecs"]["host.name"] == "node7"


def test_wrong_token(server: Server) -> None:
    answer = httpx.post(
        f"{server.url}/services/collector", content=b'{"event":"x"}', headers={"Authorization": "Splunk rf_0_nope"}
    )
    assert (answer.status_code, answer.json()["code"]) == (403, 4)
    answer = httpx.post(f"{server.url}/api/v1/ingest", content=b"{}", headers={"Authorization": "Bearer rf_0_nope"})
    assert answer.status_code == 401


def test_a_reader_may_not_send_and_a_sender_may_not_read(server: Server) -> None:
    answer = httpx.get(f"{server.url}/api/v1/events", headers={"Authorization": f"Bearer {server.ingest_token}"})
    assert answer.status_code == 403
    assert answer.json()["code"] == "denied"


def test_wrong_body_is_a_clear_error_or_in_quarantine(server: Server) -> None:
    answer = server.send("/services/collector", b'{"event": ')
    assert answer.status_code == 400
    assert answer.json()["code"] == 6
    needle = word()
    assert server.send("/api/v1/ingest", f'{{"broken {needle}\n'.encode()).status_code in {200, 400}


def test_100_mb_body_is_refused_without_being_held(server: Server) -> None:
    line = b'{"event":"' + b"x" * 1000 + b'"}\n'
    try:
        answer = server.send("/api/v1/ingest", line * (100 * 1024 * 1024 // len(line)))
    except httpx.WriteError:
        return  # the server answered and closed before all was sent
    assert answer.status_code == 413


def test_half_a_gzip_is_refused_and_nothing_of_it_is_kept(server: Server) -> None:
    needle = word()
    whole = gzip.compress(f'{{"event":"{needle}"}}\n'.encode() * 100)
    answer = server.send("/api/v1/ingest", whole[: len(whole) // 2], **{"Content-Encoding": "gzip"})
    assert answer.status_code == 400
    assert "end in the middle" in answer.json()["message"]
    assert server.send("/api/v1/ingest", whole, **{"Content-Encoding": "gzip"}).status_code == 200
    assert server.find(needle, at_least=100)["total"] == 100


def test_the_same_request_twice_is_stored_once(server: Server) -> None:
    needle = word()
    body = f'{{"message":"{needle}","host":"h"}}\n'.encode() * 3
    for _ in range(2):
        assert server.send("/api/v1/ingest", body).status_code == 200
    time.sleep(0.5)
    assert server.find(needle, at_least=3)["total"] == 3


def test_a_record_nobody_understands_can_be_seen_with_its_reason(server: Server) -> None:
    needle = word()
    server.send("/api/v1/ingest", f"%%{needle}%%\n".encode(), **{"Content-Type": "text/plain"})
    records = server.get("/quarantine", limit=1000)["records"]
    assert [one["reason"] != "" for one in records if needle in one["raw"]] == [True]


def test_search_from_the_command_line(server: Server) -> None:
    needle = word()
    server.send("/api/v1/ingest", f'{{"message":"{needle}","host":"h"}}\n'.encode())
    server.find(needle)
    line = json.loads(server.command("search", needle, "--json").stdout)
    assert needle in line["raw"]
    wrong = server.command("search", "user.name:(a OR", check=False)
    assert wrong.returncode == 2
    assert "^" in wrong.stderr


def test_without_authentication_only_health_and_login_answer(server: Server) -> None:
    assert httpx.get(f"{server.url}/health").json()["status"] == "ok"
    schema = httpx.get(f"{server.url}/api/v1/openapi.json")
    assert schema.status_code in {200, 401}
    for path in ("/events", "/alerts", "/incidents", "/rules", "/quarantine", "/pipeline", "/me", "/metrics"):
        assert httpx.get(f"{server.url}/api/v1{path}").status_code == 401, path
