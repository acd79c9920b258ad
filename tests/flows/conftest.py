from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest

from ringfence.collect.batch import RawBatch
from ringfence.collect.normalise import Normaliser
from ringfence.collect.record import Record
from ringfence.core.clock import ManualClock
from ringfence.events.chdb_store import ChdbStore
from ringfence.flows.process import Processor
from ringfence.sigma import Matcher, RuleSet, load_rules

NOW = 1_790_000_000_000_000

RULE = """
title: Password Wrong
id: 0c0ffee0-0000-4000-8000-000000000001
status: test
level: medium
logsource: {product: linux, service: sshd}
detection:
    selection: {event.action: ssh_login, event.outcome: failure}
    keywords: ['Failed password']
    condition: keywords or selection
tags: [attack.credential-access, attack.t1110]
"""


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def ruleset(tmp_path: Path) -> RuleSet:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "ssh.yml").write_text(RULE)
    return load_rules([folder])


@pytest.fixture
def processor(ruleset: RuleSet) -> Processor:
    return Processor(Matcher(ruleset), Normaliser())


@pytest.fixture
async def store(tmp_path: Path, clock: ManualClock) -> AsyncGenerator[ChdbStore]:
    store = ChdbStore(tmp_path / "events", clock=clock)
    yield store
    store.close()


@pytest.fixture
def batch() -> Callable[..., RawBatch]:
    def make(number: int, *lines: str, tenant: str = "default") -> RawBatch:
        return RawBatch(f"batch-{number}", tenant, "test", NOW, [Record(raw=line) for line in lines])

    return make


def failed(user: str, host: str = "bastion") -> str:
    return f"<38>Mar  1 10:00:00 {host} sshd[7]: Failed password for {user} from 203.0.113.9 port 4242 ssh2"
