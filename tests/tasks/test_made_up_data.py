"""Everything that is built from the samples says that their events are made up; nothing else does."""

import mlflow
import pyarrow.parquet
import pytest

from pipeline.ingest.contents import MADE_UP_TABLE, Contents
from pipeline.ingest.editions import ArchivedFile, select_files
from pipeline.ingest.snapshot import MADE_UP_NOTICE, SourceFile, notice
from pipeline.sources import eras
from tests.running import Workspace


def test_every_page_is_marked(built: Workspace) -> None:
    pages = sorted((built.store / "reports" / "html").glob("*.html"))
    assert pages
    for page in pages:
        assert "<title>MADE-UP SAMPLE DATA" in page.read_text(encoding="utf-8"), page.name


def test_every_exported_file_is_marked(built: Workspace) -> None:
    files = sorted((built.store / "targets" / "store" / "parquet").rglob("*.parquet"))
    assert files
    for file in files:
        metadata = pyarrow.parquet.read_schema(file).metadata or {}
        assert metadata.get(b"notice") == MADE_UP_NOTICE.encode(), file.name


def test_every_table_of_the_duckdb_file_is_marked(built: Workspace) -> None:
    import duckdb

    path = built.store / "targets" / "store" / "duckdb" / "accidents.duckdb"
    with duckdb.connect(str(path), read_only=True) as database:
        assert database.execute("select distinct comment from duckdb_tables()").fetchall() == [(MADE_UP_NOTICE,)]


def test_run_and_model_card_in_mlflow_are_marked(built: Workspace) -> None:
    client = mlflow.MlflowClient(f"sqlite:///{built.store / 'models' / 'runs' / 'mlflow.db'}")
    (version,) = client.search_model_versions("name = 'severity'")
    run = client.get_run(version.run_id)
    assert run.data.tags["notice"] == MADE_UP_NOTICE
    assert MADE_UP_NOTICE in run.data.tags["mlflow.note.content"]


@pytest.mark.parametrize(("tables", "expected"), [((), ""), ((MADE_UP_TABLE,), MADE_UP_NOTICE)])
def test_snapshot_is_marked_only_if_a_file_has_the_marker(tables: tuple[str, ...], expected: str) -> None:
    era = eras()[0]
    names = tuple(name.lower() for name in era.tables)
    contents = Contents("0" * 64, f"{era.file}.mdb", "", (*names, *tables))
    files, _ = select_files([ArchivedFile("x.zip", "1" * 64, 1, contents)])
    assert len(files) == 1
    assert notice(files) == expected
    assert notice([SourceFile("avall", "2" * 64, 1)]) == ""
