"""The ingest endpoints over ASGI: exact answers, good and bad, in each protocol."""

from __future__ import annotations

import base64
import gzip
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest
from fastapi import FastAPI
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from tests.collect.inputs.sinks import MemorySink

from ringfence.api import problems
from ringfence.api.ingest import ingest_router
from ringfence.api.intake import IntakeLimits, token_of
from ringfence.collect.batch import request_batch_id
from ringfence.collect.record import Record
from ringfence.core.actor import Actor, Role
from ringfence.core.clock import ManualClock
from ringfence.core.errors import SignInError

ROBOT = Actor("token-1", "forwarder", "t1", frozenset({Role.ROBOT}))
READER = Actor("token-2", "reader", "t1", frozenset({Role.L1}))
AUTH = {"Authorization": "Bearer good"}
BULK = b'{"create":{"_index":"logs"}}\n{"message":"one"}\n'
OTLP = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"stringValue": "one"}}]}]}]}
PROTOBUF = {"Content-Type": "application/x-protobuf"}
JSON = {"Content-Type": "application/json"}


async def authenticate(token: str) -> Actor:
    if token == "good":
        return ROBOT
    if token == "reader":
        return READER
    raise SignInError("this token is unknown or expired")


@pytest.fixture
def sink() -> MemorySink:
    return MemorySink()


@pytest.fixture
async def client(sink: MemorySink) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    problems.install(app)
    limits = IntakeLimits(max_body=1 << 20, max_decompressed=4 << 20)
    app.include_router(ingest_router(sink, authenticate, clock=ManualClock(7), limits=limits))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://ringfence.example.com") as made:
        yield made


def protobuf() -> bytes:
    request = ExportLogsServiceRequest()
    request.resource_logs.add().scope_logs.add().log_records.add().body.string_value = "one"
    return request.SerializeToString()


def security(reason: str, status: int) -> dict[str, Any]:
    cause = {"type": "security_exception", "reason": reason}
    return {"error": {"root_cause": [cause], **cause}, "status": status}


# --- what is taken -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "body", "headers", "answer", "record", "source"),
    [
        (
            "/services/collector", b'{"event":"one","host":"h"}', {}, {"text": "Success", "code": 0},
            Record("one", None, "", 1, meta={"host": "h"}), "hec",
        ),
        (
            "/services/collector/event/1.0?sourcetype=st", b'{"event":{"a":1}}', {}, {"text": "Success", "code": 0},
            Record('{"a":1}', {"a": 1}, "", 1, meta={"sourcetype": "st"}), "hec",
        ),
        (
            "/services/collector/raw?host=h&channel=x", b"one\n", {}, {"text": "Success", "code": 0},
            Record("one", None, "", 1, meta={"host": "h"}), "hec",
        ),
        (
            "/v1/logs", orjson.dumps(OTLP), JSON, {}, Record("one", None, "", 1), "otlp",
        ),
        (
            "/api/v1/ingest?host=h&format=zeek", b'{"a":1}\n', {}, None,
            Record('{"a":1}', {"a": 1}, "zeek", 1, meta={"host": "h"}), "api",
        ),
        (
            "/api/v1/ingest", b"<34>one\n", {"Content-Type": "text/plain; charset=utf-8"}, None,
            Record("<34>one", None, "", 1), "api",
        ),
    ],
)  # fmt: skip
async def test_what_is_stored_and_answered(
    client: httpx.AsyncClient, sink: MemorySink, path: str, body: bytes, headers: dict[str, str],
    answer: dict[str, Any] | None, record: Record, source: str,
) -> None:  # fmt: skip
    for encode, encoding in ((bytes, {}), (gzip.compress, {"Content-Encoding": "gzip"})):
        response = await client.post(path, content=encode(body), headers={**AUTH, **headers, **encoding})
        assert response.status_code == 200
        (batch,) = sink.batches.values()  # the second time is the same batch: sent again, stored once
        assert (batch.tenant, batch.source, batch.received, batch.records) == ("t1", source, 7, [record])
        endpoint = path if "?" in path else f"{path}?"
        assert batch.id == request_batch_id("t1", "token-1", endpoint, body)
        expected = answer if answer is not None else {"batch": batch.id, "accepted": 1, "rejected": 0}
        assert response.json() == expected


async def test_otlp_in_protobuf(client: httpx.AsyncClient, sink: MemorySink) -> None:
    response = await client.post("/v1/logs", content=protobuf(), headers={**AUTH, **PROTOBUF})
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["content-type"] == "application/x-protobuf"
    assert [record.raw for record in sink.records] == ["one"]


@pytest.mark.parametrize(("method", "path"), [("POST", "/elastic/_bulk"), ("PUT", "/elastic/logs/_bulk")])
async def test_bulk(client: httpx.AsyncClient, sink: MemorySink, method: str, path: str) -> None:
    body = b'{"create":{"_index":"logs","_id":"1"}}\n{"message":"one"}\n{"delete":{"_index":"logs","_id":"0"}}\n'
    response = await client.request(method, path, content=body, headers=AUTH)
    assert response.status_code == 200
    assert response.headers["x-elastic-product"] == "Elasticsearch"
    answer = response.json()
    assert answer["errors"] is True
    assert [(action, item["status"]) for each in answer["items"] for action, item in each.items()] == [
        ("create", 201), ("delete", 400),
    ]  # fmt: skip
    assert sink.records == [Record('{"message":"one"}', {"message": "one"}, "", 1, meta={"index": "logs", "id": "1"})]


async def test_bad_lines_are_quarantined_and_counted(client: httpx.AsyncClient, sink: MemorySink) -> None:
    response = await client.post("/api/v1/ingest", content=b'{"a":1}\nrubbish\n', headers=AUTH)
    (batch,) = sink.batches.values()
    assert response.json() == {"batch": batch.id, "accepted": 1, "rejected": 1}
    assert [item.raw for item in batch.rejected] == ["rubbish"]


async def test_events_before_a_wrong_one_are_stored(client: httpx.AsyncClient, sink: MemorySink) -> None:
    response = await client.post("/services/collector", content=b'{"event":"a"}{"event":""}', headers=AUTH)
    assert response.status_code == 400
    assert response.json() == {"text": "Event field cannot be blank", "code": 13, "invalid-event-number": 1}
    assert [record.raw for record in sink.records] == ["a"]


async def test_large_bodies_are_decoded_off_the_loop_with_the_same_answer(
    client: httpx.AsyncClient, sink: MemorySink
) -> None:
    body = b"".join(b'{"event":"%d"}\n' % n for n in range(20_000))
    response = await client.post("/services/collector", content=body, headers=AUTH)
    assert response.json() == {"text": "Success", "code": 0}
    assert [record.raw for record in sink.records] == [str(n) for n in range(20_000)]


# --- probes --------------------------------------------------------------------------------------------------------


async def test_hec_health_and_ack(client: httpx.AsyncClient) -> None:
    health = await client.get("/services/collector/health")
    assert (health.status_code, health.json()) == (200, {"text": "HEC is healthy", "code": 17})
    ack = await client.post("/services/collector/ack?channel=x", content=b'{"acks":[0]}', headers=AUTH)
    assert (ack.status_code, ack.json()) == (400, {"text": "ACK is disabled", "code": 14})


async def test_shippers_find_what_they_ask_for(client: httpx.AsyncClient) -> None:
    for path in ("/elastic", "/elastic/"):
        response = await client.get(path, headers=AUTH)
        assert response.json()["version"]["number"] == "8.19.0"
        assert response.json()["tagline"] == "You Know, for Search"
    license_ = (await client.get("/elastic/_license?human=false", headers=AUTH)).json()["license"]
    assert (license_["type"], license_["status"]) == ("basic", "active")
    assert (await client.get("/elastic/_xpack", headers=AUTH)).json()["license"]["status"] == "active"
    assert (await client.get("/elastic/_cluster/health", headers=AUTH)).json()["status"] == "green"
    for method, path, body in (
        ("HEAD", "/elastic/", b""),
        ("HEAD", "/elastic/_template/logstash", b""),
        ("GET", "/elastic/_index_template/filebeat-8.19.0", b"{}"),
        ("GET", "/elastic/_ilm/policy/filebeat", b"{}"),
        ("PUT", "/elastic/_ilm/policy/filebeat", b'{"acknowledged":true}'),
        ("PUT", "/elastic/_ingest/pipeline/filebeat-8.19.0-nginx", b'{"acknowledged":true}'),
        ("GET", "/elastic/_nodes/http", b'{"nodes":{}}'),
    ):
        response = await client.request(method, path, headers=AUTH)
        assert response.status_code == 200, path
        assert response.headers["x-elastic-product"] == "Elasticsearch"
        assert response.content == body or method == "HEAD", path


# --- credentials ---------------------------------------------------------------------------------------------------


def basic(user: str, token: str) -> str:
    return base64.b64encode(f"{user}:{token}".encode()).decode()


@pytest.mark.parametrize(
    "header",
    ["Splunk good", "Bearer good", "bearer  good", f"Basic {basic('any', 'good')}", f"ApiKey {basic('id', 'good')}"],
)
async def test_ways_to_send_a_token(client: httpx.AsyncClient, header: str) -> None:
    response = await client.post("/services/collector", content=b'{"event":"a"}', headers={"Authorization": header})
    assert response.json() == {"text": "Success", "code": 0}


def test_an_api_key_may_be_the_token_itself() -> None:
    assert token_of("ApiKey rf_plain-token") == "rf_plain-token"


@pytest.mark.parametrize(
    ("header", "status", "answer"),
    [
        ({}, 401, {"text": "Token is required", "code": 2}),
        ({"Authorization": "Negotiate x"}, 401, {"text": "Invalid authorization", "code": 3}),
        ({"Authorization": "Basic ???"}, 401, {"text": "Invalid authorization", "code": 3}),
        ({"Authorization": "Splunk"}, 401, {"text": "Invalid authorization", "code": 3}),
        ({"Authorization": "Splunk wrong"}, 403, {"text": "Invalid token", "code": 4}),
        ({"Authorization": "Splunk reader"}, 403, {"text": "Invalid token", "code": 4}),
    ],
)
async def test_hec_credentials(
    client: httpx.AsyncClient, sink: MemorySink, header: dict[str, str], status: int, answer: dict[str, Any]
) -> None:
    response = await client.post("/services/collector", content=b'{"event":"a"}', headers=header)
    assert (response.status_code, response.json(), sink.asked) == (status, answer, 0)


async def test_a_token_in_the_address_is_refused(client: httpx.AsyncClient) -> None:
    response = await client.post("/services/collector?token=good", content=b'{"event":"a"}')
    assert response.status_code == 400
    assert response.json() == {"text": "Query string authorization is not enabled", "code": 16}


async def test_elastic_credentials(client: httpx.AsyncClient) -> None:
    for method, path in (("POST", "/elastic/_bulk"), ("GET", "/elastic/"), ("PUT", "/elastic/_template/x")):
        none = await client.request(method, path, content=BULK)
        assert (none.status_code, none.json()) == (401, security("this needs a token", 401))
        assert none.headers["www-authenticate"] == 'Basic realm="security", charset="UTF-8"'
        reader = await client.request(method, path, content=BULK, headers={"Authorization": "Bearer reader"})
        assert reader.json() == security("reader may not do this: events.ingest is missing", 403)


async def test_otlp_and_own_credentials(client: httpx.AsyncClient) -> None:
    wrong = {"Authorization": "Bearer wrong"}
    otlp = await client.post("/v1/logs", content=orjson.dumps(OTLP), headers={**JSON, **wrong})
    assert (otlp.status_code, otlp.json()) == (401, {"code": 16, "message": "this token is unknown or expired"})
    reader = await client.post("/v1/logs", content=b"", headers={**PROTOBUF, "Authorization": "Bearer reader"})
    assert reader.status_code == 403
    assert reader.content.startswith(b"\x08\x07\x12")
    own = await client.post("/api/v1/ingest", content=b"{}", headers=wrong)
    assert own.status_code == 401
    assert own.json() == {"code": "sign_in", "message": "this token is unknown or expired", "remedy": ""}


# --- bodies that are wrong -----------------------------------------------------------------------------------------

HALF = {"Content-Encoding": "gzip"}


def elastic_error(status: int, kind: str, reason: str) -> dict[str, Any]:
    cause = {"type": kind, "reason": reason}
    return {"error": {"root_cause": [cause], **cause}, "status": status}


async def test_half_a_gzip(client: httpx.AsyncClient, sink: MemorySink) -> None:
    words = "the gzip data end in the middle"
    half = gzip.compress(BULK)[:-6]
    hec = await client.post("/services/collector", content=half, headers={**AUTH, **HALF})
    assert (hec.status_code, hec.json()) == (400, {"text": "Invalid data format", "code": 6, "reason": words})
    elastic = await client.post("/elastic/_bulk", content=half, headers={**AUTH, **HALF})
    assert elastic.status_code == 400
    assert elastic.json() == elastic_error(400, "illegal_argument_exception", words)
    otlp = await client.post("/v1/logs", content=half, headers={**AUTH, **HALF, **JSON})
    assert (otlp.status_code, otlp.json()) == (400, {"code": 3, "message": words})
    own = await client.post("/api/v1/ingest", content=half, headers={**AUTH, **HALF})
    assert (own.status_code, own.json()) == (400, {"code": "input", "message": words, "remedy": ""})
    assert sink.asked == 0


async def test_wrong_bodies(client: httpx.AsyncClient, sink: MemorySink) -> None:
    hec = await client.post("/services/collector", content=b"", headers=AUTH)
    assert (hec.status_code, hec.json()) == (400, {"text": "No data", "code": 5})
    elastic = await client.post("/elastic/_bulk", content=BULK[:-1], headers=AUTH)
    reason = "The bulk request must be terminated by a newline [\\n]"
    assert elastic.json() == elastic_error(400, "illegal_argument_exception", reason)
    otlp = await client.post("/v1/logs", content=b"\xff\xff", headers={**AUTH, **PROTOBUF})
    words = b"the body is not an OTLP logs request in protobuf"
    assert (otlp.status_code, otlp.content) == (400, b"\x08\x03\x12" + bytes([len(words)]) + words)
    kind = await client.post("/v1/logs", content=b"x", headers={**AUTH, "Content-Type": "text/plain"})
    assert kind.status_code == 415
    assert sink.asked == 0


async def test_too_large(client: httpx.AsyncClient, sink: MemorySink) -> None:
    big = b"x" * ((1 << 20) + 1)
    words = "the body is larger than 1 MiB"
    hec = await client.post("/services/collector", content=big, headers=AUTH)
    assert (hec.status_code, hec.json()) == (413, {"text": "Request entity too large", "code": 27})
    elastic = await client.post("/elastic/_bulk", content=big, headers=AUTH)
    assert (elastic.status_code, elastic.json()) == (413, elastic_error(413, "content_too_long_exception", words))
    otlp = await client.post("/v1/logs", content=big, headers={**AUTH, **JSON})
    assert (otlp.status_code, otlp.json()) == (413, {"code": 8, "message": words})
    own = await client.post("/api/v1/ingest", content=big, headers=AUTH)
    assert (own.status_code, own.json()) == (413, {"code": "too_large", "message": words, "remedy": ""})
    bomb = gzip.compress(b"\n" * (5 << 20))
    blown = await client.post("/api/v1/ingest", content=bomb, headers={**AUTH, **HALF})
    assert (blown.status_code, blown.json()["message"]) == (413, "the body expands to more than 4 MiB")
    assert sink.asked == 0


async def test_an_endless_body_is_not_read_on(client: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100 << 20:
            sent += 64 << 10
            yield b"x" * (64 << 10)

    response = await client.post("/api/v1/ingest", content=endless(), headers=AUTH)
    assert response.status_code == 413
    assert sent <= (1 << 20) + (64 << 10)


async def test_a_busy_sink(client: httpx.AsyncClient, sink: MemorySink) -> None:
    sink.busy = True
    hec = await client.post("/services/collector", content=b'{"event":"a"}', headers=AUTH)
    assert (hec.status_code, hec.json(), hec.headers["retry-after"]) == (
        503,
        {"text": "Server is busy", "code": 9},
        "2",
    )
    elastic = await client.post("/elastic/_bulk", content=BULK, headers=AUTH)
    assert elastic.status_code == 429
    assert elastic.json() == elastic_error(429, "es_rejected_execution_exception", "full")
    otlp = await client.post("/v1/logs", content=orjson.dumps(OTLP), headers={**AUTH, **JSON})
    assert (otlp.status_code, otlp.json(), otlp.headers["retry-after"]) == (503, {"code": 14, "message": "full"}, "2")
    own = await client.post("/api/v1/ingest", content=b"{}", headers=AUTH)
    assert (own.status_code, own.headers["retry-after"]) == (503, "2")
    sink.busy = False
    again = await client.post("/services/collector", content=b'{"event":"a"}', headers=AUTH)
    assert again.status_code == 200
    assert [record.raw for record in sink.records] == ["a"]


async def test_the_elastic_prefix_can_be_the_root(sink: MemorySink) -> None:
    app = FastAPI()
    app.include_router(ingest_router(sink, authenticate, elastic_prefix="", elastic_version="7.17.0"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://x.example.com") as client:
        assert (await client.get("/", headers=AUTH)).json()["version"]["number"] == "7.17.0"
        assert (await client.post("/logs/_bulk", content=BULK, headers=AUTH)).status_code == 200


def test_the_answers_name_no_secret(sink: MemorySink) -> None:
    with pytest.raises(SignInError) as caught:
        token_of("Digest s3cret")
    assert "s3cret" not in str(caught.value)
