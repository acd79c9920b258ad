"""`ringfence rules` as people and scripts call it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ringfence.cli.app import app

RULES = Path(__file__).resolve().parents[2] / "content" / "rules"
GOOD = """title: Good
id: 5a000000-0000-4000-8000-000000000001
description: Means trouble.
tags: [attack.execution, attack.t1059.001]
logsource: {product: windows, category: process_creation}
detection:
    selection: {CommandLine|contains: powershell}
    condition: selection
level: high
"""


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGFENCE_CACHE", str(tmp_path / "cache"))


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["rules", *map(str, arguments)])
    return result.exit_code, result.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "good.yml").write_text(GOOD)
    (folder / "good.test.yml").write_text("must: [{fields: {CommandLine: powershell -enc x}}]\n")
    return folder


def test_our_own_pack_is_clean_and_its_tests_hold() -> None:
    assert run("check", RULES) == (0, "")
    assert run("test", RULES) == (0, "")


def test_a_broken_rule_and_a_catastrophic_expression_give_their_place(folder: Path) -> None:
    assert run("check", folder) == (0, "")
    bad = folder / "bad.yml"
    bad.write_text(
        GOOD.replace("0001", "0002").replace("CommandLine|contains: powershell", "CommandLine|re: '(?=a+)+$'")
    )
    code, text = run("check", folder)
    assert code == 1
    assert text.startswith(f"{bad}:7:17 CommandLine|re: ")
    assert "look-around cannot be run in linear time [load]" in text
    code, text = run("check", folder, "--json")
    finding = json.loads(text)
    assert (code, finding["code"], finding["line"], finding["column"]) == (1, "load", 7, 17)
    assert run("check", folder, "--skip", "load") == (0, "")
    assert run("check", folder, "--skip", "nonsense")[0] == 2
    assert run("check", folder / "nowhere")[0] == 2


def test_a_failing_test_says_why(folder: Path) -> None:
    assert run("test", folder) == (0, "")
    (folder / "good.test.yml").write_text("must: [{fields: {CommandLine: cmd}}]\n")
    code, text = run("test", folder)
    assert code == 1
    assert text.splitlines() == [
        f"failed {folder}/good.test.yml must.0: Good: does not match, and must",
        "       CommandLine is 'cmd', not *powershell*",
    ]
    code, text = run("test", folder, "--json")
    assert json.loads(text)["failures"] == [
        {
            "place": "must.0",
            "message": "does not match, and must",
            "reasons": ["CommandLine is 'cmd', not *powershell*"],
        }
    ]
    (folder / "good.test.yml").write_text("must: [")
    assert run("test", folder)[0] == 1


def test_sync_shows_first_and_takes_over_only_when_told_to(folder: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    code, text = run("sync", folder, "--data", data)
    assert (code, text.splitlines()[:2]) == (2, ["added 1", "  Good good.yml"])
    assert not data.exists()
    code, text = run("sync", folder, "--data", data, "--json", "--yes", "--signed-off-by", "Ana")
    assert (code, json.loads(text)["applied"]) == (0, True)
    assert sorted(path.name for path in (data / "rules" / "mine").iterdir()) == ["good.test.yml", "good.yml"]
    assert json.loads((data / "rules-sync.jsonl").read_text())["author"] == "Ana"
    code, text = run("sync", folder, "--data", data)
    assert (code, text.splitlines()) == (0, ["added 0", "changed 0", "removed 0", "unchanged 1"])


def test_coverage_claims_and_proves(tmp_path: Path) -> None:
    layer, page = tmp_path / "layer.json", tmp_path / "page.html"
    code, text = run("coverage", "--json", "--layer", layer, "--html", page)
    cells = {cell["technique"]: cell for cell in map(json.loads, text.splitlines())}
    assert code == 0
    assert cells["T1490"]["proven"]
    assert cells["T1490"]["drills"] == ["Mailed macro, stolen credentials, ransomware on the file server"]
    scores = {one["techniqueID"]: one["score"] for one in json.loads(layer.read_text())["techniques"]}
    assert scores == {name: 2 if cell["proven"] else 1 for name, cell in cells.items()}
    assert set(scores.values()) == {1, 2}
    assert page.read_text().count("<details") >= len(cells)
    code, text = run("coverage", "--json", "--no-drill")
    assert not any(json.loads(line)["proven"] for line in text.splitlines())


def test_tune_needs_a_reason_to_approve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGFENCE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("RINGFENCE_TOKEN", "x")
    assert run("tune", "--approve", "p", "--data", tmp_path)[0] == 2
    assert run("tune", "--approve", "p", "--reject", "q", "--data", tmp_path)[0] == 2
