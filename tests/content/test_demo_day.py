"""The demo's day through the rules that count: each attack is seen as a whole, the ordinary day raises nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringfence.collect.normalise import Normaliser
from ringfence.collect.record import Record
from ringfence.core.severity import Severity
from ringfence.detect.rules.try_out import Trial
from ringfence.drills import company, day
from ringfence.ecs.event import Parsed
from ringfence.sigma import Correlation, RuleSet, load_rules

RULES = Path(__file__).resolve().parents[2] / "content" / "rules"
DAY = 1_772_323_200_000_000
SECOND = 1_000_000


@pytest.fixture(scope="module")
def ruleset() -> RuleSet:
    return load_rules([RULES])


@pytest.fixture(scope="module")
def fired(ruleset: RuleSet) -> dict[str, set[Correlation]]:
    """Correlations by the scenario of the events that completed them; `""` is the ordinary day."""
    normaliser = Normaliser()
    rows: list[tuple[int, Parsed, str, str]] = []
    for record in day(company(1), DAY, seed=1, rate=0.08):
        meta = {"host": record.source, "sourcetype": record.sourcetype, "received": record.time_us + SECOND}
        parsed = normaliser.parse(Record(raw=record.raw, meta=meta))
        assert isinstance(parsed, Parsed)
        rows.append((parsed.time or record.time_us, parsed, record.raw, record.scenario or ""))
    rows.sort(key=lambda row: row[0])
    matched, _ = Trial(ruleset).fired([row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows])
    known = {item.id: item for item in ruleset.correlations}
    found: dict[str, set[Correlation]] = {}
    for ids, row in zip(matched, rows, strict=True):
        for item in ids & known.keys():
            found.setdefault(row[3], set()).add(known[item])
    return found


def test_each_attack_is_seen_as_a_whole(fired: dict[str, set[Correlation]]) -> None:
    assert {name: sorted(item.name for item in items) for name, items in fired.items() if name} == {
        "insider_download": ["postgresql_many_tables_copied"],
        "ssh_brute_force": [
            "linux_new_account_made_administrator",
            "sshd_guessed_then_login",
            "sshd_guessing_from_one_address",
            "sshd_spraying_many_users",
        ],
        "phishing_ransomware": [
            "encoded_powershell_then_internet",
            "opened_attachment_runs_code",
            "ransom_notes_in_many_folders",
            "ransomware_many_files_renamed",
            "ransomware_prelude",
        ],
        "web_exploit": ["web_several_kinds_of_attack", "web_shell_planted_and_used"],
        "cloud_key_abuse": [
            "aws_account_taken_over",
            "aws_new_user_made_administrator",
            "aws_stolen_key_first_steps",
            "s3_many_objects_read_with_user_key",
        ],
    }


def test_the_ordinary_day_raises_nothing_that_deserves_a_look(fired: dict[str, set[Correlation]]) -> None:
    assert {item.name for item in fired[""]} == {"web_several_kinds_of_attack"}
    assert {item.level for item in fired[""]} == {Severity.LOW}
