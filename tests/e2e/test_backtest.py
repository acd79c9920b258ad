"""A rule is tried on the events of a running server before it goes live, and gaps of detection close by themselves."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from uuid import NAMESPACE_URL, uuid4, uuid5

import httpx
from tests.e2e.server import Server


def rule_of(word: str) -> str:
    return (
        f"title: Guess at {word}\nid: {uuid5(NAMESPACE_URL, word)}\nlogsource: {{product: linux}}\nlevel: high\n"
        f"detection:\n  one: ['user {word}']\n  condition: one\n"
    )


def send(server: Server, word: str, count: int) -> None:
    lines = [
        f"<38>1 2026-03-01T10:00:0{n}Z web01 sshd 1 - - "
        f"Failed password for invalid user {word} from 203.0.113.{n} port 42 ssh2"
        for n in range(count)
    ]
    answer = server.send("/api/v1/ingest", "\n".join(lines).encode(), **{"Content-Type": "text/plain"})
    assert answer.status_code == 200, answer.text


def test_command_and_route(server: Server, tmp_path: Path) -> None:
    word = f"w{uuid4().hex[:10]}"
    send(server, word, 3)
    path = tmp_path / "rule.yml"
    path.write_text(rule_of(word))
    found = json.loads(server.command("rules", "backtest", str(path), "--last", "all", "--json").stdout)
    assert (found["title"], found["hits"], len(found["samples"])) == (f"Guess at {word}", 3, 3)
    assert found["hosts"] == [{"value": "web01", "count": 3}]
    assert sorted(one["value"] for one in found["sources"]) == ["203.0.113.0", "203.0.113.1", "203.0.113.2"]
    told = server.command("rules", "backtest", str(path), "--last", "all").stdout
    assert "3 matches in" in told
    assert "web01 3" in told
    path.write_text(rule_of(word).replace("condition: one", "condition: two"))
    wrong = server.command("rules", "backtest", str(path), check=False)
    assert (wrong.returncode, "condition names 'two'" in wrong.stderr) == (2, True)
    answer = httpx.post(
        f"{server.url}/api/v1/rules/backtest",
        json={"rule": rule_of(word)},
        headers={"Authorization": f"Bearer {server.ingest_token}"},
    )
    assert answer.status_code == 403


def test_a_server_that_ran_without_a_rule_catches_up(make_server: Callable[..., Server], tmp_path: Path) -> None:
    word = f"w{uuid4().hex[:10]}"
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "rule.yml").write_text(rule_of(word))
    server = make_server("--rules", str(folder))
    send(server, word, 2)
    server.stop()
    server.arguments = ()
    server.start()
    send(server, word, 5)
    assert server.get("/events", q=f'rules:"{uuid5(NAMESPACE_URL, word)}"')["total"] == 2
    server.stop()
    server.arguments = ("--rules", str(folder))
    server.start()
    signals = 0
    for _ in range(100):
        # By id: alerts that the server without the rule opened know no title.
        alerts = server.get("/alerts", text=str(uuid5(NAMESPACE_URL, word)))["alerts"]
        signals = sum(alert["count"] for alert in alerts)
        if signals >= 7:
            break
        time.sleep(0.2)
    assert signals == 7
