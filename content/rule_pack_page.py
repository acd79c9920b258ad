"""Writes the page about our rules: `python content/rule_pack_page.py` rewrites `docs/reference/rule-pack.md`.

`tests/content/test_rule_pack_page.py` fails when the page no longer says what the rules say.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
RULES = ROOT / "content" / "rules"
PAGE = ROOT / "docs" / "reference" / "rule-pack.md"

LEVELS = ("critical", "high", "medium", "low", "informational")
PLANS = {
    "phishing": "Phishing",
    "brute-force": "Brute force and weak passwords",
    "malware": "Malware",
    "ransomware": "Ransomware",
    "data-leak": "Data leak",
    "web-attack": "Attack on web applications",
    "cloud-abuse": "Abuse of cloud accounts",
    "intrusion": "Intrusion",
}
_HEAD = """# Rule pack

The rules that come with Ringfence, in `content/rules`: {total}, of which {counting} are correlation rules, which count
or order matches of others. They fill what public rule sets cover thinly; use both. Each has tests with records as the
products write them, and a guide for the analyst (field `ringfence.guide`): what it means, what to check first, what
to do. The plan is the playbook that the alert calls for (`ringfence.playbook`).

Levels: `informational` and `low` are signs that mean something only in number or in company. `medium` deserves a
look. `high` and `critical` are seldom wrong. A rule marked * raises no alert of its own: a correlation counts it.
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One rule as the page shows it."""

    name: str
    title: str
    level: str
    plan: str
    kind: str
    techniques: tuple[str, ...]
    source: str
    silent: bool


def entries() -> list[Entry]:
    """Return all rules of the pack, worst level first."""
    loaded: list[tuple[str, dict[str, Any]]] = [
        (path.parent.name, yaml.safe_load(path.read_text("utf-8"))) for path in sorted(RULES.rglob("*.yml"))
    ]
    loud: set[str] = set()
    counted: set[str] = set()
    for _, data in loaded:
        if "correlation" in data:
            counted.update(data["correlation"]["rules"])
            if data["correlation"].get("generate"):
                loud.update(data["correlation"]["rules"])
    found = [_entry(folder, data, counted - loud) for folder, data in loaded]
    return sorted(found, key=lambda entry: (LEVELS.index(entry.level), entry.name))


def _entry(folder: str, data: dict[str, Any], silent: set[str]) -> Entry:
    return Entry(
        name=data["name"],
        title=data["title"],
        level=data["level"],
        plan=data["ringfence"]["playbook"],
        kind=data["correlation"]["type"] if "correlation" in data else "match",
        techniques=tuple(tag[7:].upper() for tag in data["tags"] if tag.startswith("attack.t1")),
        source=folder,
        silent=data["name"] in silent,
    )


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _counts(found: list[Entry]) -> str:
    by_plan = Counter((entry.plan, entry.level) for entry in found)
    text = _row(["plan", *LEVELS, "all", "correlations"]) + _row(["---", *["---:"] * (len(LEVELS) + 2)])
    for plan, title in PLANS.items():
        own = [entry for entry in found if entry.plan == plan]
        counting = sum(1 for entry in own if entry.kind != "match")
        levels = [str(by_plan[plan, level]) for level in LEVELS]
        text += _row([f"[{title}](#{anchor(title)})", *levels, str(len(own)), str(counting)])
    levels = [str(sum(1 for entry in found if entry.level == level)) for level in LEVELS]
    counting = sum(1 for entry in found if entry.kind != "match")
    return text + _row(["all", *levels, str(len(found)), str(counting)])


def anchor(title: str) -> str:
    """Return the address of a heading inside the page."""
    return title.lower().replace(" ", "-")


def page() -> str:
    """Return the text of the page."""
    found = entries()
    text = _HEAD.format(total=len(found), counting=sum(1 for entry in found if entry.kind != "match"))
    text += "\n" + _counts(found)
    for plan, title in PLANS.items():
        text += (
            f"\n## {title}\n\n" + _row(["rule", "level", "kind", "techniques", "source", "name"]) + _row(["---"] * 6)
        )
        for entry in found:
            if entry.plan == plan:
                mark = " *" if entry.silent else ""
                techniques = ", ".join(entry.techniques)
                text += _row([entry.title + mark, entry.level, entry.kind, techniques, entry.source, f"`{entry.name}`"])
    return text


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
