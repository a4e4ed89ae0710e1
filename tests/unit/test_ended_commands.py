"""A command that is interrupted or terminated removes what it has created, and ends without a traceback."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import REPOSITORY

# `verify`, with a second build that never ends: a process of its own, as in `rebuild`.
VERIFY = """
import runpy, subprocess, sys
from pipeline.cli import verify

def never_ending(store, sources):
    (store / "zips").mkdir()
    print("building", flush=True)
    subprocess.run([sys.executable, "-c", "import time; print('started', flush=True); time.sleep(600)"])

verify.compare_builds = never_ending
sys.argv = ["pipeline", "verify"]
runpy.run_module("pipeline", run_name="__main__")
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_verify_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    environment = os.environ | {"TMPDIR": str(tmp_path), "NTSB_STORE": str(tmp_path / "store")}
    with subprocess.Popen(
        [sys.executable, "-c", VERIFY], cwd=REPOSITORY, env=environment, stdout=-1, stderr=-1, text=True
    ) as process:
        assert process.stdout
        assert [process.stdout.readline().strip() for _ in range(2)] == ["building", "started"]
        assert list(tmp_path.glob("ntsb-verify-*/zips"))
        process.send_signal(number)
        # Ends only when the second build has ended too: it has the same output.
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (128 + number, "")
    assert list(tmp_path.iterdir()) == []
