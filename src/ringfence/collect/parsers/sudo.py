"""sudo: who ran what as whom, and who was refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from ringfence.collect.parsers.text import TextParser, header_ecs, header_fields, header_time, put_user
from ringfence.collect.record import Record
from ringfence.core.errors import ParseError
from ringfence.ecs.event import Parsed
from ringfence.ecs.logsource import logsource

_SOURCE = logsource("linux", ("authentication",), "sudo")
_LINE = re.compile(r"\s*(\S{1,128}) : (.*)", re.S)
_KEY = re.compile(
    r"(?:^|; )(TTY|PWD|USER|GROUP|TSID|ENV|CHROOT|CWD|HOST|RUNCHROOT|RUNCWD|EXIT|SIGNAL)=((?>.*?(?= ; |$)))", re.S
)


class Sudo(TextParser):
    """Parses the command lines of sudo; the fields are named as sudo names them (`USER`, `COMMAND`, `PWD`, `TTY`)."""

    name: ClassVar[str] = "sudo"
    title: ClassVar[str] = "sudo"
    samples: ClassVar[Sequence[str]] = (
        "Mar  1 08:00:00 srv1 sudo:     mia : TTY=pts/0 ; PWD=/home/mia ; USER=root ; COMMAND=/usr/bin/cat /etc/shadow",
    )
    programs: ClassVar[frozenset[str]] = frozenset({"sudo", "sudoedit", "sudo-rs"})

    def accepts(self, record: Record) -> bool:
        """Tell whether it is sudo's own message (what PAM says inside sudo goes to the PAM parser)."""
        return super().accepts(record) and "pam_" not in record.body[:32]

    def parse(self, record: Record) -> Parsed:
        """Return the event."""
        ecs, fields = header_ecs(record), header_fields(record)
        ecs["event.module"] = "sudo"
        found = _LINE.match(record.body)
        if found is None:
            if not record.body:
                raise ParseError("an empty message")
            ecs["event.action"] = "message"
            return Parsed(self.name, _SOURCE, header_time(record), ecs, fields)
        put_user(ecs, found[1])
        fields["SUDOUSER"] = found[1]
        head, mark, command = found[2].partition("COMMAND=")
        if mark:
            fields["COMMAND"] = ecs["process.command_line"] = command
        for key, value in _KEY.findall(head):
            fields[key] = value.strip(" ;")
        runas, cwd = fields.get("USER"), fields.get("PWD")
        if isinstance(runas, str):
            put_user(ecs, runas, "user.effective.name")
        if isinstance(cwd, str):
            ecs["process.working_directory"] = cwd
        reason = "" if head.startswith(("TTY=", "PWD=", "HOST=", "USER=")) else head.partition(" ; ")[0].strip()
        refused = bool(reason) and "command continued" not in reason
        ecs["event.action"] = "command-refused" if refused else "command"
        ecs["event.outcome"] = "failure" if refused else "success"
        if refused:
            ecs["event.reason"] = reason
        return Parsed(self.name, _SOURCE, header_time(record), ecs, fields)
