"""`limit` casts the first events of a file with all their rows, in a schema that nothing else reads."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from luigi.configuration import get_config
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import make_dsn

from pipeline.errors import PipelineError
from pipeline.ingest import snapshot
from pipeline.tasks.quality import RunChecks
from pipeline.tasks.sources import CreateSnapshot
from pipeline.tasks.tables import CastTables, MergeTable
from tests import sourcing
from tests.sourcing import run

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
# The same store, settings and worker as for the tests of sources.
store = sourcing.store
COUNTED = """
    select
        (select count(*) from {0}.events), (select max(ev_id) from {0}.events),
        (select count(*) from {0}.tblfirsthalf),
        (select count(distinct ev_id) from {0}.aircraft),
        (select count(distinct recnum) from {0}.tblsecondhalf),
        (select count(*) from {0}.ct_pre1982)
"""


def counted(connection: Connection, schema: str) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(COUNTED.format(schema))
        return tuple(cursor.fetchone() or ())


@pytest.fixture
def only_pre1982(
    store: Path, tmp_path: Path, database: Connection, server: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """The samples' oldest file as the only source; its hash."""
    (tmp_path / "zips").mkdir()
    shutil.copy(SAMPLES / "PRE1982.zip", tmp_path / "zips")
    usual = get_config().get("Sources", "base")
    get_config().set("Sources", "base", '["PRE1982"]')
    monkeypatch.setenv("NTSB_SOURCES", str(tmp_path / "zips"))
    monkeypatch.setenv("NTSB_DATABASE_URL", make_dsn(server, dbname=database.info.dbname))
    assert run(CreateSnapshot()).errors == []
    yield snapshot.read_snapshot(CreateSnapshot().current_id())[0].sha256
    get_config().set("Sources", "base", usual)


def test_a_limit_casts_whole_events_and_changes_no_other_task(only_pre1982: str, database: Connection) -> None:
    part = CastTables(source="PRE1982", sha256=only_pre1982, limit=30)
    everything = CastTables(source="PRE1982", sha256=only_pre1982)
    merged = MergeTable(snapshot=CreateSnapshot().current_id(), table="tblfirsthalf")
    assert part.fingerprint != everything.fingerprint
    assert run(merged).errors == []
    before = counted(database, "typed_pre1982")
    assert run(part).errors == []
    assert part.complete() and everything.complete() and merged.complete()
    assert counted(database, "typed_pre1982") == before
    events, last, records, events_with_aircraft, second_halves, codes = counted(database, "limited_pre1982")
    assert (events, events_with_aircraft) == (30, 30)
    assert records >= events and records - 2 <= second_halves <= records
    assert before[0] > 200 and before[5] == codes
    with database.cursor() as cursor:
        cursor.execute("select count(*) from typed_pre1982.events where ev_id <= %s", (last,))
        assert cursor.fetchone() == (30,), "the first events"


def test_flags_and_quarantine_contain_only_limited_rows(only_pre1982: str, database: Connection) -> None:
    assert run(CastTables(source="PRE1982", sha256=only_pre1982, limit=3)).errors == []
    with database.cursor() as cursor:
        cursor.execute("""
            select count(*) from limited_pre1982.flag
            where source_table = 'tblFirstHalf'
                and source_row not in (select source_row from limited_pre1982.tblfirsthalf)
        """)
        assert cursor.fetchone() == (0,)
        cursor.execute("""
            select count(*) from limited_pre1982.quarantine
            where raw ->> 'recnum' not in (select recnum::text from limited_pre1982.tblfirsthalf)
        """)
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("name", ["MergeTable", "RunChecks"])
def test_a_limit_for_all_files_of_a_run_is_an_error(only_pre1982: str, name: str) -> None:
    identity = CreateSnapshot().current_id()
    task = MergeTable(snapshot=identity, table="events") if name == "MergeTable" else RunChecks(snapshot=identity)
    get_config().set("CastTables", "limit", "30")
    try:
        with pytest.raises(PipelineError, match=r"--CastTables-limit: expected none, .* found 30"):
            assert task.fingerprint
    finally:
        get_config().remove_option("CastTables", "limit")
