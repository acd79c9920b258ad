"""The engine: binding, errors, one directory."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ringfence.core.errors import ConflictError, UsageError
from ringfence.events.chdb_pool import Engine, StoreError
from ringfence.events.chdb_store import ChdbStore
from ringfence.events.ports import EventStore

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@pytest.fixture
def connection(tmp_path):
    engine = Engine(tmp_path)
    yield engine.connect()
    engine.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=texts, items=st.lists(texts, max_size=4))
def test_any_text_is_bound_as_it_is(connection, text, items):
    rows = connection.rows("SELECT {text:String}, {items:Array(String)}", {"text": text, "items": items})
    assert rows == [[text, items]]


def test_numbers_are_bound(connection):
    rows = connection.rows("SELECT {a:Int64}, {b:Float64}, {c:UInt64}", {"a": -(2**63), "b": 1e300, "c": 2**64 - 1})
    assert rows == [[-(2**63), 1e300, 2**64 - 1]]


def test_an_error_has_the_number_of_clickhouse(connection):
    with pytest.raises(StoreError) as caught:
        connection.rows("SELECT nope")
    assert caught.value.number == 47


def test_a_second_directory_is_refused_until_the_first_is_closed(tmp_path):
    first = ChdbStore(tmp_path / "one")
    with pytest.raises(ConflictError, match="another data directory open"):
        ChdbStore(tmp_path / "two")
    first.close()
    first.close()
    second: EventStore = ChdbStore(tmp_path / "two")
    second.close()


def test_names_of_directories(tmp_path):
    store = ChdbStore(tmp_path / "with space & %41 ü")
    store.close()
    assert (tmp_path / "with space & %41 ü" / "clickhouse").is_dir()
    with pytest.raises(UsageError, match="cannot have"):
        ChdbStore(tmp_path / "what?")


def test_interrupts_still_reach_python(tmp_path):
    """The engine installs signal handlers of its own; Ctrl-C and a polite kill must still end the server cleanly."""
    code = (
        "import os, signal, sys, time; from pathlib import Path\n"
        "from ringfence.events.chdb_store import ChdbStore\n"
        "store = ChdbStore(Path(sys.argv[1]))\n"
        "seen = []\n"
        "signal.signal(signal.SIGTERM, lambda *_: seen.append('term'))\n"
        "os.kill(os.getpid(), signal.SIGTERM)\n"
        "try:\n"
        "    os.kill(os.getpid(), signal.SIGINT); time.sleep(5)\n"
        "except KeyboardInterrupt:\n"
        "    seen.append('int')\n"
        "store.close(); print(seen)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.returncode) == ("['term', 'int']\n", 0), done.stderr
