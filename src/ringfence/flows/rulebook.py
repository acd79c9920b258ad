"""The rules of this installation: loaded once, seen by matching, alerts, console and API."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import structlog

from ringfence.detect import RuleInfo
from ringfence.sigma import RuleSet, load_rules

log = structlog.get_logger()


class Rulebook:
    """Loaded rules and what each part of the product needs of them."""

    def __init__(self, ruleset: RuleSet, folders: Sequence[Path]) -> None:
        self.ruleset = ruleset
        self.folders = tuple(folders)

    @classmethod
    def load(cls, folders: Sequence[Path], cache: Path | None) -> Rulebook:
        """Load the rules in these folders; problems are logged and kept, they stop nothing."""
        ruleset = load_rules(folders, cache_dir=cache)
        for problem in ruleset.problems:
            log.warning("rule.not_loaded", problem=str(problem))
        log.info("rules.loaded", rules=len(ruleset.rules), problems=len(ruleset.problems))
        return cls(ruleset, folders)

    @cached_property
    def infos(self) -> dict[str, RuleInfo]:
        """What alerts need of each rule."""
        return {
            rule.id: RuleInfo(
                id=rule.id,
                title=rule.title,
                level=rule.level,
                tactics=rule.tactics,
                techniques=rule.techniques,
                product=rule.product or "",
                category=rule.category or "",
                service=rule.service or "",
            )
            for rule in (*self.ruleset.rules, *self.ruleset.correlations)
        }
