"""A read-only or full disk: commands that only read files work, and everything else ends with a message."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from pipeline import run_errors
from pipeline.cli import COMMANDS
from pipeline.export import duckdb
from tests.architecture.tree import REPOSITORY
from tests.running import Workspace
from tests.tasks.test_commands import ask

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, who mounts a disk")
# `verify` builds in another store; `mlflow`, `serve` and `mcp` serve until they are interrupted.
ARGUMENTS = {
    "why": ["row", "events", "x"],
    "explain": ["x"],
    "promote": ["1", "--reason", "x"],
    "benchmark": ["prepare"],
    "audit-folder": ["x", "--infer"],
    "publish-folder": ["x", "--plan", "x"],
    **{name: ["x"] for name in ("archive", "bundle", "backup", "restore", "find")},
    **dict.fromkeys(("verify", "mlflow", "serve", "mcp")),
}


def mount(*options: str | Path) -> None:
    done = subprocess.run(["mount", *options], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Workspace]:
    """A store with a snapshot and a database on a read-only disk."""
    workspace = Workspace(tmp_path / "disk" / "store", REPOSITORY)
    assert [workspace.run(task).code for task in ("CreateSnapshot", "PrepareDatabase")] == [0, 0]
    workspace.stop()
    disk = workspace.store.parent
    mount("--bind", disk, disk)
    try:
        mount("-o", "remount,ro,bind", disk)
        yield workspace
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


@AS_ROOT
def test_runs_and_commands_on_a_read_only_disk_end_with_a_message(read_only: Workspace) -> None:
    for store in (read_only, Workspace(read_only.store.parent / "new", REPOSITORY)):
        result = store.run("AllReports")
        assert result.code != 0 and "Traceback" not in result.text
        assert "choose another folder with NTSB_STORE" in result.text
        for command in COMMANDS:
            words = ARGUMENTS.get(command, [])
            if words is not None:
                done = ask(store, command, *words)
                assert "Traceback" not in done.stderr
                is_advised = re.search(r"; \w|NTSB_STORE|->", done.stdout + done.stderr)
                assert done.returncode == 0 or is_advised, done.stdout + done.stderr


@AS_ROOT
def test_a_full_disk_during_the_export_to_duckdb_has_a_message(tmp_path: Path) -> None:
    (folder := tmp_path / "parquet").mkdir()
    table = pd.DataFrame({"a": range(500_000)}).sample(frac=1, random_state=1)
    table.to_parquet(file := folder / "events.parquet")
    (disk := tmp_path / "disk").mkdir()
    mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", disk)
    try:
        with pytest.raises(Exception, match="No space left on device") as raised:
            duckdb.write_database(folder, disk / "accidents.duckdb", [file])
        assert "this machine: expected free disk space, found" in run_errors.describe(raised.value)
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)
