from __future__ import annotations

from tests.detect.rules.people import ANA

from ringfence.detect.rules import RuleVersion, list_versions, note_versions
from ringfence.runtime.database import Database


async def test_each_new_text_is_a_version_with_author_time_and_difference(database: Database) -> None:
    async with database.session() as session:
        assert await note_versions(session, {"a": "x\ny", "b": "z"}, now=1, author="files") == ["a", "b"]
        assert await note_versions(session, {"a": "x\ny", "b": "z"}, now=2, author="files") == []
        changed = await note_versions(session, {"a": "x\nw", "b": "z"}, now=3, author="files", authors={"a": "Lee"})
        assert changed == ["a"]
        assert await list_versions(ANA, session, "a") == [
            RuleVersion("a", 2, 3, "Lee", "x\nw", "--- before\n+++ after\n@@ -1,2 +1,2 @@\n x\n-y\n+w"),
            RuleVersion("a", 1, 1, "files", "x\ny", ""),
        ]
        assert [version.number for version in await list_versions(ANA, session, "b")] == [1]
