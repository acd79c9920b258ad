"""What `ringfence rules check` and `ringfence rules test` do; apart, because the kernel takes time to import."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import typer
from rich.markup import escape

from ringfence.cli.output import FINDINGS, err, out, print_json
from ringfence.core.errors import ContentError, UsageError
from ringfence.detect.rules.casefile import CaseFile, case_path, read_cases
from ringfence.detect.rules.lint import CODES, lint
from ringfence.detect.rules.try_out import Failure, Trial
from ringfence.runtime.paths import cache_dir, shipped
from ringfence.sigma import Correlation, Rule, RuleSet, load_rules


def check_rules(paths: list[Path], *, cases: tuple[Path, ...], skip: Collection[str], json_: bool) -> None:
    """Print what is wrong with the rules; leaves with exit code 1 where anything is."""
    unknown = sorted(set(skip) - CODES.keys())
    if unknown:
        raise UsageError(f"{unknown[0]!r} is no kind of finding", remedy="one of " + ", ".join(CODES))
    ruleset, own = _load(paths)
    found = [one for one in lint(ruleset, own.rules, cases=cases) if one.code not in (skip)]
    for finding in found:
        if json_:
            print_json(finding)
        else:
            out.print(escape(str(finding)), soft_wrap=True)
    rules = len(ruleset.rules) + len(ruleset.correlations)
    err.print(f"{rules:,} rules, {len(found):,} findings")
    if found:
        raise typer.Exit(FINDINGS)


def try_rules(paths: list[Path], *, cases: tuple[Path, ...], json_: bool) -> None:
    """Run the tests of the rules; leaves with exit code 1 where one fails."""
    ruleset, _ = _load(paths)
    trial = Trial(ruleset)
    tests, tested, failed = 0, 0, len(ruleset.problems)
    for problem in ruleset.problems:
        _say_broken(problem, as_json=json_)
    for rule in (*ruleset.rules, *ruleset.correlations):
        path = case_path(rule.path, cases)
        if path is None:
            continue
        try:
            found = read_cases(path)
        except ContentError as error:
            failed += 1
            _say_broken(error, as_json=json_)
            continue
        failures = trial.run(rule, found)
        tests, tested, failed = tests + len(found), tested + 1, failed + len(failures)
        _say_failures(rule, path, found, failures, as_json=json_)
    untested = len(ruleset.rules) + len(ruleset.correlations) - tested
    err.print(f"{tests:,} tests of {tested:,} rules, {failed:,} failed; {untested:,} rules without tests")
    if failed:
        raise typer.Exit(FINDINGS)


def _load(paths: list[Path]) -> tuple[RuleSet, RuleSet]:
    for path in paths:
        if not path.exists():
            raise UsageError(f"there is no {path}")
    own = load_rules([shipped("content") / "rules"], cache_dir=cache_dir())
    return load_rules(paths), own


def _say_broken(error: ContentError, *, as_json: bool) -> None:
    if as_json:
        place = {"path": error.path, "line": error.line, "column": error.column}
        print_json({"broken": error.message, **place, "remedy": error.remedy})
    else:
        out.print(f"[red]broken[/] {escape(str(error))}", soft_wrap=True)


def _say_failures(
    rule: Rule | Correlation, path: Path, cases: CaseFile, failures: list[Failure], *, as_json: bool
) -> None:
    if as_json:
        print_json({"rule": rule.id, "title": rule.title, "tests": len(cases), "path": str(path), "failures": failures})
        return
    for failure in failures:
        out.print(
            f"[red]failed[/] {escape(f'{path} {failure.place}: {rule.title}: {failure.message}')}", soft_wrap=True
        )
        for reason in failure.reasons:
            out.print(f"       {escape(reason)}", soft_wrap=True)
