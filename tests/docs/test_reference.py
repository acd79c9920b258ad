"""The reference says what the code says: no setting, command, parser, field, permission or route without its place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, cast

import pytest
import typer
import yaml
from fastapi import FastAPI

from docs import tables
from ringfence.api import create_api
from ringfence.api.ingest import ingest_router
from ringfence.cli.app import app as commands_app
from ringfence.collect.inputs.http_hec import HEC_ANSWERS
from ringfence.collect.parsers.registry import JSON_PARSERS, TEXT_PARSERS
from ringfence.console.services import IngestInfo
from ringfence.console.sources.recipes import recipes
from ringfence.core.actor import Permission, Role
from ringfence.core.errors import QueryError
from ringfence.ecs.fields import FIELDS
from ringfence.ecs.query.names import SPECIAL
from ringfence.ecs.query.parse import parse
from ringfence.runtime.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted((DOCS / "reference").glob("*.md"))


def _page(name: str) -> str:
    return (DOCS / "reference" / f"{name}.md").read_text("utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_tables_are_those_of_the_code(page: Path) -> None:
    text = page.read_text("utf-8")
    assert text == tables.renewed(text), "run `python docs/tables.py`"


def test_every_table_has_a_page() -> None:
    found = re.findall(r"<!-- begin: ([a-z]+) -->", "".join(page.read_text("utf-8") for page in PAGES))
    assert sorted(found) == sorted(tables.TABLES)


def test_every_setting_is_documented() -> None:
    page = _page("settings")
    assert [name for name in Settings.model_fields if f"| `RINGFENCE_{name.upper()}` |" not in page] == []


def test_every_command_and_option_is_documented() -> None:
    page = _page("commands")
    sections = {part.partition("\n")[0]: part for part in page.split("\n### ")[1:]}
    missing: list[str] = []
    commands = dict(tables.walk(typer.main.get_command(commands_app)))
    assert len(commands) >= 11
    for name, command in commands.items():
        missing += [name] if name not in sections else []
        missing += [
            f"{name} {one.opts[0]}" for one in command.params if f"`{one.opts[0]}`" not in sections.get(name, "")
        ]
    assert [one for one in missing if not one.endswith("--help")] == []


def test_every_parser_is_in_the_catalogue() -> None:
    page = _page("parsers")
    names = {parser.name for parser in (*JSON_PARSERS, *TEXT_PARSERS)}
    assert sorted(name for name in names if f"| `{name}` |" not in page) == []


def test_every_field_is_in_the_event_model() -> None:
    page = _page("event-model")
    assert [name for name in FIELDS if f"| `{name}` |" not in page] == []


def test_every_name_of_the_envelope_is_in_the_query_language() -> None:
    page = _page("query")
    assert [name for name in SPECIAL if f"`{name}`" not in page] == []


def test_every_permission_has_a_meaning_and_every_role_a_column() -> None:
    page = _page("roles")
    meanings = page.split("| permission | what it allows |")[1]
    assert [one.value for one in Permission if f"`{one.value}`" not in meanings] == []
    assert [role.value for role in Role if f" `{role.value}` |" not in page] == []


def _routes() -> list[tuple[str, str]]:
    app = FastAPI()
    nobody = cast("Any", None)  # the table of routes is read, nothing is called
    create_api(app, nobody, ingest_router(nobody, nobody))
    paths: dict[str, dict[str, Any]] = app.openapi()["paths"]
    return [(method.upper(), path) for path, methods in paths.items() for method in methods]


def test_every_route_is_documented() -> None:
    api, inputs = _page("api"), _page("inputs")
    routes = _routes()
    assert ("GET", "/api/v1/events") in routes
    missing = [
        f"{method} {path}"
        for method, path in routes
        if f"| `{method} {path}` |" not in api and not (f"{path}`" in inputs and method in inputs)
    ]
    assert missing == []


def test_no_route_is_documented_that_is_not_there() -> None:
    named = re.findall(r"^\| `([A-Z]+) (\S+)` \|", _page("api"), re.M)
    assert [route for route in named if route not in _routes()] == []


def test_every_hec_answer_of_ours_is_documented() -> None:
    page = _page("inputs").split("### Splunk")[1].split("\n### ")[0]
    told = {int(code) for cell in re.findall(r"^\| ([\d, ]+) \| \d", page, re.M) for code in cell.split(",")}
    assert told == {int(code) for code in HEC_ANSWERS} - {1}  # 1, "token disabled", is never sent


def _expressions() -> list[str]:
    rows = [line for line in _page("query").split("| write |")[1].splitlines() if line.startswith("| `")]
    cells = [re.findall(r"`([^`]+)`", line.split(" | ")[0]) for line in rows]
    return [one for cell in cells for one in cell if not one.startswith(":")]


def test_every_expression_in_the_query_language_parses() -> None:
    expressions = _expressions()
    assert len(expressions) >= 15
    wrong: dict[str, str] = {}
    for text in expressions:
        try:
            parse(text)
        except QueryError as error:
            wrong[text] = str(error)
    assert wrong == {}


def test_the_senders_guide_has_the_configurations_of_the_console() -> None:
    guide = (DOCS / "how-to" / "send-logs.md").read_text("utf-8")
    host = "soc.example.com"
    info = IngestInfo(f"http://{host}:8080", host, syslog_udp=5514, syslog_tcp=5514, syslog_tls=6514)
    copied = [recipe for recipe in recipes(info) if recipe.key in ("rsyslog", "fluent-bit", "vector", "otel")]
    assert len(copied) == 4
    assert [recipe.key for recipe in copied if recipe.text.strip() not in guide] == []


def test_every_page_is_in_the_navigation() -> None:
    text = (ROOT / "mkdocs.yml").read_text("utf-8")
    named = set(re.findall(r"[\w/-]+\.md", str(yaml.safe_load(text)["nav"])))
    assert named == {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")}
