"""Every planted defect is accused, and nothing else: real steps over Access files with a manifest of defects."""

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from luigi.configuration import get_config
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import make_dsn

from pipeline.sources import era_of
from pipeline.tasks.quality import ReconcileRows
from pipeline.tasks.sources import CreateSnapshot
from tests import sourcing
from tests.sourcing import run

REPOSITORY = Path(__file__).resolve().parents[2]
SMALL = REPOSITORY.parent / "shared" / "data" / "synthetic" / "small"
PLACES = {"samples": REPOSITORY / "samples", "synthetic": SMALL}
SOURCES = ("avall", "Pre2008", "up08NOV", "PRE1982")
# What manifests call a row by, as far as its table has it.
KEYS = ("ev_id", "recnum", "aircraft_key", "crew_no", "id", "finding_no", "eng_no", "occurrence_no")
REASONS = {
    **{"finding_duplicate": "copy", "engine_duplicate": "copy"},
    **{"admin_row_duplicate": "duplicate", "seq_row_duplicate": "duplicate", "record_duplicate": "duplicate"},
    **{"second_half_without_first": "orphan"},
}
# A row that is not there cannot be accused: its other half is.
LEFT = {"first_half_without_second": "tblFirstHalf"}
# What a manifest says of a file that is no defect.
NO_DEFECT = "_encodings"
Accused = Counter[tuple[str, str, str, str]]
# The same store, knobs and worker as for the sources.
store = sourcing.store


def reason(kind: str) -> str:
    """The flag or the reason for quarantine under which a planted kind of defect is to be found."""
    for beginning in ("orphan_key", "orphan"):
        if kind.startswith(f"{beginning}_"):
            return beginning
    return REASONS.get(kind, kind)


def planted(manifest: dict[str, Any]) -> Accused:
    """How often (file, table, reason, key) is to be accused."""
    wanted: Accused = Counter()
    for source in SOURCES:
        for kind, defect in manifest[source].get("defects", {}).items():
            if kind == NO_DEFECT:
                continue
            assert defect["count"] == len(defect["keys"]), f"{kind}: not all keys are listed"
            wanted.update((source, LEFT.get(kind, defect["table"]), reason(kind), key) for key in defect["keys"])
    return wanted


def shown(row: dict[str, str | None]) -> str:
    return " ".join(str(row[name]) for name in KEYS if name in row)


def accused(connection: Connection) -> Accused:
    """How often (file, table, reason or flag, key) is accused in the accounts."""
    found: Accused = Counter()
    with connection.cursor() as cursor:
        cursor.execute("select source_file, source_table, reason, raw from candidate.quarantine")
        found.update((source, table, why, shown(raw)) for source, table, why, raw in cursor.fetchall())
        cursor.execute("select distinct source_file, source_table from candidate.flag")
        for source, table in cursor.fetchall():
            cursor.execute(
                f"""
                select flag.flag, to_jsonb(raw) from candidate.flag
                inner join raw_{source.lower()}.{table.lower()} as raw on raw.source_row = flag.source_row
                where flag.source_file = %s and flag.source_table = %s
                """,
                (source, table),
            )
            found.update((source, table, flag, shown(raw)) for flag, raw in cursor.fetchall())
    return found


def unbalanced(connection: Connection) -> list[Any]:
    """Lines of the conservation account that do not add up, or do not count what is in the Access file."""
    with connection.cursor() as cursor:
        cursor.execute("""
            select * from candidate.row_conservation
            where rows_in <> rows_published + rows_quarantined + rows_superseded
        """)
        return cursor.fetchall()


@pytest.mark.parametrize("place", PLACES)
def test_all_that_is_planted_is_accused_and_nothing_else(
    place: str, store: Path, tmp_path: Path, database: Connection, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = PLACES[place]
    if not folder.exists():
        pytest.skip(f"{place}: needs Access files in {folder}, which are not part of the project")
    for source in SOURCES:
        (tmp_path / "zips").mkdir(exist_ok=True)
        shutil.copy(folder / f"{source}.zip", tmp_path / "zips")
    get_config().set("Sources", "base", '["PRE1982", "Pre2008", "avall"]')
    monkeypatch.setenv("NTSB_SOURCES", str(tmp_path / "zips"))
    monkeypatch.setenv("NTSB_DATABASE_URL", make_dsn(server, dbname=database.info.dbname))
    assert run(CreateSnapshot()).errors == []
    told = run(ReconcileRows(snapshot=CreateSnapshot().current_id()))
    assert told.errors == []
    manifest = json.loads((folder / "manifest.json").read_text())
    found, wanted = accused(database), planted(manifest)
    assert wanted
    assert (wanted - found, found - wanted) == (Counter(), Counter()), "(missed, wrongly accused)"
    assert unbalanced(database) == []
    with database.cursor() as cursor:
        cursor.execute("select source_file, source_table, rows_in from candidate.row_conservation")
        counted = {(source, table): rows for source, table, rows in cursor.fetchall()}
    told_rows = {
        (source, table): manifest[source]["rows"][table] for source in SOURCES for table in era_of(source).tables
    }
    assert counted == told_rows
