"""The task graph of the samples, as a separate process computes it with network and database out of reach."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from pipeline.ingest import snapshot
from tests.architecture import tree, walk

Graph = list[dict[str, Any]]


def write_snapshot(store: Path) -> str:
    """Writes the list of the sample zips, and of a month of the API, into a store; returns the snapshot's id."""
    files = []
    for path in sorted((tree.REPOSITORY / "samples").glob("*.zip")):
        content = path.read_bytes()
        files.append(snapshot.SourceFile(path.stem, hashlib.sha256(content).hexdigest(), len(content)))
    months = [["2016-08", "0" * 64]]
    files.append(snapshot.SourceFile("api", snapshot.months_sha256(months), 1, {"months": months}))
    return snapshot.write_snapshot(files, store / "targets" / "store")


def read_graph(store: Path, cwd: Path, repository: Path = tree.REPOSITORY, **variables: Any) -> Graph:
    """Every task of the samples' snapshot, as the code in `repository` defines it: see `walk.describe`."""
    cwd.mkdir(exist_ok=True)
    paths = {
        "NTSB_STORE": str(store),
        "PYTHONPATH": str(repository),
        "LUIGI_CONFIG_PATH": str(repository / "luigi.cfg"),
    }
    command = [sys.executable, walk.__file__, write_snapshot(store)]
    completed = subprocess.run(command, cwd=cwd, env=os.environ | paths | variables, capture_output=True, text=True)
    assert completed.returncode == 0, completed.stderr
    return list(json.loads(completed.stdout.splitlines()[-1]))
