from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from ringfence.core.errors import InputError, TooLargeError, UsageError
from ringfence.detect.rules import sync
from ringfence.detect.rules.sync import Change, authors_of, compare, fetched, name_of, sync_folder, take_over
from ringfence.sigma import load_rules


def rule(number: int, word: str = "x") -> str:
    return (
        f"title: Rule {number}\nid: 5a000000-0000-4000-8000-00000000000{number}\nlogsource: {{product: windows}}\n"
        f"detection:\n  selection:\n    F: {word}\n  condition: selection\n"
    )


def source(folder: Path, **texts: str) -> Path:
    (folder / "rules").mkdir(parents=True)
    for name, text in texts.items():
        (folder / "rules" / f"{name}.yml").write_text(text)
    (folder / "other.yml").write_text("not: a rule")
    return folder


def test_a_folder_is_compared_and_taken_over_by_rule_id(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    first = source(tmp_path / "one", a=rule(1), b=rule(2), bad="title: Bad\n")
    target = sync_folder(data, "one")
    with fetched(str(first)) as incoming:
        difference = compare(target, incoming)
        assert [change.title for change in difference.added] == ["Rule 1", "Rule 2"]
        assert (difference.changed, difference.removed, difference.left_out) == ((), (), ("rules/bad.yml",))
        assert take_over(data, "one", incoming, difference, source=str(first), author="Ana", now=0) == target
    assert sorted(path.name for path in target.rglob("*.yml")) == ["a.yml", "b.yml"]
    assert sorted(path.name for path in data.iterdir()) == ["rules", "rules-sync.jsonl"]
    second = source(tmp_path / "two", moved=rule(1, "y"), c=rule(3))
    with fetched(str(second)) as incoming:
        difference = compare(target, incoming)
        diff = "--- before\n+++ after\n@@ -3,5 +3,5 @@\n logsource: {product: windows}\n detection:\n   selection:\n-    F: x\n+    F: y\n   condition: selection"  # noqa: E501
        assert difference.changed == (
            Change("5a000000-0000-4000-8000-000000000001", "Rule 1", "rules/moved.yml", diff),
        )
        assert [change.title for change in (*difference.added, *difference.removed)] == ["Rule 3", "Rule 2"]
        take_over(data, "one", incoming, difference, source="https://me:secret@example.com/r.git", author="Lee", now=0)
    assert [one.title for one in load_rules([target]).rules] == ["Rule 3", "Rule 1"]
    authors = {rule_id[-1]: author for rule_id, author in authors_of(data).items()}
    assert authors == {"1": "Lee", "2": "Ana", "3": "Lee"}
    last = json.loads((data / "rules-sync.jsonl").read_text().splitlines()[-1])
    assert (last["source"], last["removed"]) == (
        "https://example.com/r.git",
        ["5a000000-0000-4000-8000-000000000002"],
    )
    with fetched(str(second)) as incoming:
        assert not compare(target, incoming)


def test_an_archive_of_a_repository_is_read_without_its_top_folder(tmp_path: Path) -> None:
    path = tmp_path / "sigma-main.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("sigma-main/rules/a.yml", rule(1))
        archive.writestr("sigma-main/tests/b.yml", rule(2))
    with fetched(str(path)) as incoming:
        assert [one.relative_to(incoming).as_posix() for one in incoming.rglob("*.yml")] == ["rules/a.yml"]
    with fetched(str(path), folders=("tests",)) as incoming:
        assert [one.relative_to(incoming).as_posix() for one in incoming.rglob("*.yml")] == ["tests/b.yml"]
    with pytest.raises(UsageError, match="holds no rules in nowhere"), fetched(str(path), folders=("nowhere",)):
        pass


@pytest.mark.parametrize("name", ["../evil.yml", "/etc/evil.yml", "a/../../evil.yml", "..\\evil.yml", "C:/evil.yml"])
def test_a_name_that_leads_out_of_an_archive_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, rule(1))
        archive.writestr("good.yml", rule(2))
    with pytest.raises(InputError, match="leads out of it"), fetched(str(path)):
        pass


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.yml").write_text(rule(9))
    folder = source(tmp_path / "one", a=rule(1))
    (folder / "rules" / "link.yml").symlink_to(tmp_path / "secret.yml")
    (folder / "rules" / "folder").symlink_to(tmp_path)
    path = tmp_path / "link.zip"
    with zipfile.ZipFile(path, "w") as archive:
        entry = zipfile.ZipInfo("rules/link.yml")
        entry.external_attr = 0xA1FF << 16
        archive.writestr(entry, "/etc/passwd")
        archive.writestr("rules/a.yml", rule(1))
    for given in (folder, path):
        with fetched(str(given)) as incoming:
            assert [one.name for one in incoming.rglob("*.yml")] == ["a.yml"]


def test_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("rules/a.yml", "#" * (sync.MAX_FILE + 1))
    with pytest.raises(TooLargeError, match="larger than"), fetched(str(path)):
        pass
    monkeypatch.setattr(sync, "MAX_FILES", 1)
    with pytest.raises(TooLargeError, match="more than 1 files"), fetched(str(source(tmp_path / "x", a="", b=""))):
        pass
    (tmp_path / "broken.zip").write_bytes(path.read_bytes()[:-30])
    with pytest.raises(UsageError, match="is no folder, zip file or git URL"), fetched(str(tmp_path / "broken.zip")):
        pass


@pytest.mark.skipif(shutil.which("git") is None, reason="the command git is not here")
def test_a_git_repository_is_fetched(tmp_path: Path) -> None:
    folder = source(tmp_path / "repo", a=rule(1))
    for command in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", "-C", str(folder), *command], check=True)
    with fetched(f"file://{folder}") as incoming:
        assert [one.name for one in incoming.rglob("*.yml")] == ["a.yml"]
    with pytest.raises(InputError, match="git could not fetch"), fetched(f"file://{tmp_path}/nowhere"):
        pass
    with pytest.raises(UsageError, match="is no branch or tag"), fetched(f"file://{folder}", ref="--upload-pack=x"):
        pass


def test_names(tmp_path: Path) -> None:
    assert name_of("https://example.com/SigmaHQ/sigma.git") == "sigma"
    assert name_of("/tmp/my rules/") == "my-rules"
    assert name_of("C:\\sigma-main.zip") == "sigma-main"
    for name in ("..", "a/b", "", ".hidden"):
        with pytest.raises(UsageError):
            sync_folder(tmp_path, name)
