"""A secret in every address reaches no output: log, record, page, database of MLflow, or command line."""

import contextlib
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest

from tests.architecture.tree import REPOSITORY
from tests.loopback import Served, serving
from tests.running import SAMPLES, RunResult, Workspace

# Unlike that of any other test, which may run at the same time.
SECRET = f"Pl4nt3d-{secrets.token_hex(8)}"


class CommandLines:
    """The command lines of all processes that ran during the block and contain the secret."""

    def __init__(self) -> None:
        self.leaks: set[bytes] = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while not self._ended.is_set():
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                with contextlib.suppress(OSError):
                    if SECRET.encode() in (line := path.read_bytes()):
                        self.leaks.add(line)
            time.sleep(0.02)

    def __enter__(self) -> "CommandLines":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()


def table_texts(url: str) -> Iterator[str]:
    """`table: row` of every row of a database's public tables."""
    with contextlib.closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("select format('%I', tablename) from pg_tables where schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f"select to_jsonb(t)::text from {table} as t")
            yield from (f"{table}: {row}" for (row,) in cursor.fetchall())


class PlantedRun:
    """A complete run with the secret in the addresses of sources, database and MLflow, and what it left behind."""

    def __init__(self, workspace: Workspace, result: RunResult, leaks: set[bytes], mlflow_url: str) -> None:
        self.workspace, self.result, self.leaks, self.mlflow_url = workspace, result, leaks, mlflow_url


@pytest.fixture(scope="module")
def planted(server: str, repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlantedRun]:
    with contextlib.closing(psycopg2.connect(server)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("create role planted login superuser password %s", (SECRET,))
        for name in ("planted", "planted_mlflow"):
            cursor.execute(f"create database {name} owner planted")
    host = urlsplit(server).netloc.rpartition("@")[2]
    url, mlflow_url = (f"postgresql://planted:{SECRET}@{host}/{name}" for name in ("planted", "planted_mlflow"))
    folder = tmp_path_factory.mktemp("planted")
    (folder / "luigi.cfg").write_text(f"[Training]\ntracking_uri = {mlflow_url}\n")
    variables = {"NTSB_DATABASE_URL": url, "LUIGI_CONFIG_PATH": str(folder / "luigi.cfg"), "NTSB_API_KEY": SECRET}
    with serving() as loopback, CommandLines() as processes:
        for path in SAMPLES.glob("*.zip"):
            loopback.files[path.name] = Served(path.read_bytes())
        sources = f"{loopback.address}/get?token={SECRET}&file={{file}}".replace("//", f"//ann:{SECRET}@", 1)
        workspace = Workspace(folder / "a store", repository, sources, variables)
        yield PlantedRun(workspace, workspace.run(), processes.leaks, mlflow_url)
    with contextlib.closing(psycopg2.connect(server)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        for name in ("planted", "planted_mlflow"):
            cursor.execute(f"drop database {name} with (force)")
        cursor.execute("drop role planted")


def test_a_run_leaks_nothing(planted: PlantedRun) -> None:
    assert planted.result.code == 0, planted.result.text[-3000:]
    assert SECRET not in planted.result.text
    assert planted.leaks == set()
    files = [path for path in planted.workspace.store.rglob("*") if path.is_file()]
    assert len(files) > 100
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []
    rows = list(table_texts(planted.mlflow_url))
    assert any(row.startswith("runs: ") for row in rows)
    assert [row for row in rows if SECRET in row] == []


@pytest.mark.parametrize("name", ["status", "plan", "doctor", "database-url"])
def test_commands_print_no_secret(planted: PlantedRun, name: str) -> None:
    workspace = planted.workspace
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", name],
        cwd=REPOSITORY,
        env=workspace.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout
    assert "Traceback" not in done.stderr
    assert SECRET not in done.stdout + done.stderr
