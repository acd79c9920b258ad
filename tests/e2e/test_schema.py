"""The server answers as its description says, whatever valid requests come."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from tests.e2e.server import Server

ROOT = Path(__file__).resolve().parents[2]
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
ASSETS = b"name,importance\nweb-01,special\n"
ATTACK = [f"Failed password for root from 203.0.113.9 port {4000 + n} ssh2" for n in range(300)]


def _an_incident(server: Server) -> tuple[str, str]:
    """Make one by what the API takes; (id of an alert, id of the incident)."""
    token = (server.data / "cli-token").read_text()
    headers = {"Authorization": f"Bearer {token}"}
    httpx.post(f"{server.url}/api/v1/assets/import", content=ASSETS, headers=headers).raise_for_status()
    lines = [*ATTACK, "Accepted password for root from 203.0.113.9 port 4711 ssh2"]
    body = "\n".join(f'{{"event": "sshd[7]: {line}", "host": "web-01"}}' for line in lines)
    server.send("/services/collector", body.encode()).raise_for_status()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if found := server.get("/incidents")["incidents"]:
            return server.get("/alerts")["alerts"][0]["id"], found[0]["id"]
        time.sleep(0.2)
    pytest.fail("no incident came of it")


@pytest.mark.slow
def test_the_server_answers_as_described(server: Server, tmp_path: Path) -> None:
    alert, incident = _an_incident(server)
    token = f"Authorization: Bearer {(server.data / 'cli-token').read_text()}"
    headers = dict([token.split(": ")])
    description = httpx.get(f"{server.url}/api/v1/openapi.json", headers=headers, timeout=30).raise_for_status()
    (tmp_path / "openapi.json").write_text(description.text)
    (tmp_path / "schemathesis.toml").write_text(
        f'[parameters]\n"path.alert_id" = "{alert}"\n"path.incident_id" = "{incident}"\n'
    )
    done = subprocess.run(
        [
            *(str(Path(sys.executable).parent / "schemathesis"), "--config-file", "schemathesis.toml"),
            *("run", "openapi.json", "--url", server.url, "-H", token, "--checks", CHECKS, "--mode", "positive"),
            *("--phases", "examples,fuzzing", "--max-examples", "5", "--seed", "1", "--no-color"),
            *("--generation-database", "none", "--request-timeout", "20", "--suppress-health-check", "all"),
        ],
        cwd=tmp_path,
        env=os.environ | {"SCHEMATHESIS_HOOKS": "tests.e2e.schema_hooks", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    tested = re.search(r"Tested: (\d+)", done.stdout)
    assert tested is not None
    assert int(tested[1]) >= 43, done.stdout
