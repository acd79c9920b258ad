"""What no route takes, who may read the description, and what it says."""

from __future__ import annotations

import warnings

import pytest
from fastapi import FastAPI
from tests.api.conftest import Caller

from ringfence.core.actor import Role


@pytest.mark.parametrize(
    "path", ["/api/v1/nope", "/api/v2/events", "/api", "/elastic/logs/_search", "/services/x", "/v1/traces"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_where_no_route_is_programs_get_an_answer(call: Caller, method: str, path: str) -> None:
    response = await call(method, path, role=None)
    assert response.status_code == 404
    assert response.json() == {
        "code": "not_found", "message": f"there is no route {path}", "remedy": "see /api/v1/openapi.json",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/v1/alerts", "GET"),
        ("GET", "/api/v1/ingest", "POST"),
        ("POST", "/api/v1/assets/a1", "PATCH"),
        ("GET", "/v1/logs", "POST"),
    ],
)
async def test_a_wrong_method_is_told_the_right_one(call: Caller, method: str, path: str, allowed: str) -> None:
    response = await call(method, path)
    assert (response.status_code, response.headers["allow"]) == (405, allowed)
    assert response.json()["code"] == "method"


async def test_the_description_needs_a_token(call: Caller) -> None:
    refused = await call("GET", "/api/v1/openapi.json", role=None)
    assert (refused.status_code, refused.json()["code"]) == (401, "sign_in")
    told = await call("GET", "/api/v1/openapi.json", role=Role.L1)
    assert told.status_code == 200
    assert "/api/v1/events" in told.json()["paths"]


def test_the_description_has_no_operation_twice_and_no_answer_that_is_never_given(app: FastAPI) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        schema = app.openapi()
    operations = [one for path in schema["paths"].values() for one in path.values()]
    ids = [one["operationId"] for one in operations]
    assert len(ids) == len(set(ids)) >= 40
    assert [one["operationId"] for one in operations if "422" in one["responses"]] == []
    assert "HTTPValidationError" not in schema["components"]["schemas"]
    protected = schema["paths"]["/api/v1/events"]["get"]
    assert protected["security"] == [{"HTTPBearer": []}]


async def test_a_wrong_parameter_is_a_problem_with_400(call: Caller) -> None:
    response = await call("GET", "/api/v1/alerts?limit=0")
    assert response.status_code == 400
    assert response.json()["message"] == "limit: Input should be greater than or equal to 1"


@pytest.mark.parametrize("hint", ["nope", "nope:conn", "x" * 500])
async def test_a_parser_that_does_not_exist_is_refused_with_those_that_do(call: Caller, hint: str) -> None:
    response = await call("POST", f"/api/v1/ingest?format={hint}", role=Role.ROBOT, content=b'{"a":1}\n')
    assert response.status_code == 400
    assert response.json()["message"] == f'there is no parser "{hint[:80]}"'
    assert "sshd" in response.json()["remedy"].split(", ")


async def test_a_parser_with_a_detail_is_taken(call: Caller) -> None:
    response = await call("POST", "/api/v1/ingest?format=zeek:conn", role=Role.ROBOT, content=b'{"a":1}\n')
    assert response.json()["accepted"] == 1
