"""A DuckDB database is written in a folder with any legal name."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.export.duckdb import write_database

NAMES = (
    "a?b",
    "a*b",
    "a[b]",
    "{a,b}",
    "%25 %s",
    "#1;",
    "it's \\n",
    'say "a"',
    "s3:",
    "☃ é",
    "~",
    "$HOME",
    "-x",
    "a.wal?b",
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("is_relative", [False, True])
def test_a_folder_may_have_any_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, is_relative: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    store = Path(name) if is_relative else tmp_path / name
    files = [store / "parquet" / "events.parquet", store / "parquet" / "mart" / "states.parquet"]
    # Files that a pattern would match too.
    decoys = [Path(str(file).replace("?", "x").replace("*", "x").replace("[b]", "b")) for file in files]
    for number, file in enumerate([*decoys, *files]):
        file.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table({"number": [number]}), file.absolute())
    (store / "duckdb").mkdir()
    path = store / "duckdb" / "a.duckdb"
    assert write_database(store / "parquet", path, files) == ["events", "mart.states"]
    assert [file.name for file in (store / "duckdb").iterdir()] == ["a.duckdb"]
    monkeypatch.chdir(store / "duckdb")
    with duckdb.connect("a.duckdb", read_only=True) as database:
        assert database.execute("select number from events union all from mart.states").fetchall() == [(2,), (3,)]
