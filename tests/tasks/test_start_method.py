"""Tasks run in processes that are forked, also where Python starts processes in another way by default."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
MODULE = """
import luigi, pipeline
from pipeline.config import Checks

class WriteSetting(luigi.Task):
    def output(self):
        return luigi.LocalTarget("setting")

    def run(self):
        with self.output().open("w") as file:
            file.write(str(Checks().max_lost_share))
"""
SCRIPT = """
import multiprocessing, sys
sys.path.insert(0, "")
multiprocessing.set_start_method("forkserver")
import luigi
luigi.run(["--module", "setting_task", "WriteSetting", "--Checks-max-lost-share", "0.4321", "--local-scheduler"])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux are tasks forked")
def test_settings_of_the_command_line_reach_tasks_whatever_the_start_method(tmp_path: Path) -> None:
    (tmp_path / "setting_task.py").write_text(MODULE)
    environment = os.environ | {
        "PYTHONPATH": str(REPOSITORY),
        "LUIGI_CONFIG_PATH": str(REPOSITORY / "luigi.cfg"),
        "NTSB_STORE": str(tmp_path / "store"),
    }
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (tmp_path / "setting").read_text() == "0.4321", done.stderr
