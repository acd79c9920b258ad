"""`ringfence up`: everything in one process."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from ringfence.cli.output import speaks_plainly
from ringfence.core.errors import UsageError
from ringfence.runtime.logs import set_up_logs
from ringfence.runtime.settings import read_settings


@speaks_plainly
def up(
    data: Annotated[Path | None, typer.Option(help="Folder of all data, made when missing.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port of console, API and HTTP inputs.")] = None,
    rules: Annotated[list[Path] | None, typer.Option(help="More folders of Sigma rules.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes that parse and match; 0: in this one.")] = None,
    demo: Annotated[bool | None, typer.Option(help="Stream the demo company with its attacks.")] = None,
) -> None:
    """Run Ringfence: inputs, detection, console and API in one process. Ctrl-C ends it and loses nothing.

    Every option and many more can be set as environment variables: RINGFENCE_PORT, RINGFENCE_SYSLOG_TCP, ...
    """
    given: dict[str, Any] = {"data": data, "host": host, "port": port, "rules": rules, "workers": workers, "demo": demo}
    settings = read_settings(**{name: value for name, value in given.items() if value is not None})
    for folder in settings.rules:
        if not folder.exists():
            raise UsageError(f"there is no {folder}")
    set_up_logs(settings.log_level)
    # Late on purpose: the server brings database engine and console, which every other command would wait for.
    from ringfence.cli.server import serve

    asyncio.run(serve(settings))
