"""The HTML page of a scan: one file, nothing loaded from elsewhere."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, PackageLoader, select_autoescape

from ringfence.core.errors import UsageError
from ringfence.flows.scan import Summary


def write_page(path: Path, summary: Summary, seconds: float, rules: int) -> None:
    """Write the summary as a page; everything from the logs is escaped. Raises `UsageError` when it cannot."""
    environment = Environment(
        loader=PackageLoader("ringfence.cli"), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True
    )
    page = environment.get_template("scan.html").render(
        summary=summary, lines=summary.by_weight(), seconds=seconds, rules=rules
    )
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error
