from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ringfence.core.errors import UsageError
from ringfence.runtime.lock import FolderLock


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    lock.take()
    with pytest.raises(UsageError, match=f"process {os.getpid()}"):
        FolderLock(tmp_path).take()
    lock.release()
    again = FolderLock(tmp_path)
    again.take()
    again.release()


def test_a_killed_holder_leaves_the_folder_free(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from ringfence.runtime.lock import FolderLock;"
        "lock = FolderLock(Path(sys.argv[1])); lock.take(); print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(UsageError, match=f"process {holder.pid}"):
        FolderLock(tmp_path).take()
    holder.kill()
    holder.wait()
    holder.stdout.close()
    lock = FolderLock(tmp_path)
    lock.take()
    lock.release()
