"""Every planted defect is flagged or quarantined, and nothing else, in Access files with a manifest of defects."""

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
DATASETS = {"samples": REPOSITORY / "samples", "synthetic": SMALL}
SOURCES = ("avall", "Pre2008", "up08NOV", "PRE1982")
# Columns that identify a row in a manifest, if its table has them.
KEYS = ("ev_id", "recnum", "aircraft_key", "crew_no", "id", "finding_no", "eng_no", "occurrence_no")
REASONS = {
    **{"finding_duplicate": "copy", "engine_duplicate": "copy"},
    **{"admin_row_duplicate": "duplicate", "seq_row_duplicate": "duplicate", "record_duplicate": "duplicate"},
    **{"second_half_without_first": "orphan"},
}
# A missing row cannot be quarantined: the row it belongs to is.
LEFT = {"first_half_without_second": "tblFirstHalf"}
# An entry of a manifest that is not a defect.
NO_DEFECT = "_encodings"
# The generator of these files changed totals of revised events without their injury rows, which is not in the manifest.
UNLISTED = {
    "synthetic": {
        ("up08NOV", "events", "injury_rows_mismatch", "20140624X86380"): 2,
        ("up08NOV", "events", "injury_rows_mismatch", "20110723X87944"): 2,
    }
}
Reports = Counter[tuple[str, str, str, str]]
# The same store, settings and worker as for the tests of sources.
store = sourcing.store


def reason(kind: str) -> str:
    """The flag or quarantine reason of a kind of planted defect."""
    for beginning in ("orphan_key", "orphan"):
        if kind.startswith(f"{beginning}_"):
            return beginning
    return REASONS.get(kind, kind)


def planted(manifest: dict[str, Any]) -> Reports:
    """{(file, table, reason, key): expected number of flags or quarantined rows}."""
    wanted: Reports = Counter()
    for source in SOURCES:
        for kind, defect in manifest[source].get("defects", {}).items():
            if kind == NO_DEFECT:
                continue
            assert defect["count"] == len(defect["keys"]), f"{kind}: not all keys are listed"
            wanted.update((source, LEFT.get(kind, defect["table"]), reason(kind), key) for key in defect["keys"])
    return wanted


def shown(row: dict[str, str | None]) -> str:
    return " ".join(str(row[name]) for name in KEYS if name in row)


def reported(connection: Connection) -> Reports:
    """{(file, table, reason or flag, key): number of flags or quarantined rows}."""
    actual: Reports = Counter()
    with connection.cursor() as cursor:
        cursor.execute("select source_file, source_table, reason, raw from candidate.quarantine")
        actual.update((source, table, why, shown(raw)) for source, table, why, raw in cursor.fetchall())
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
            actual.update((source, table, flag, shown(raw)) for flag, raw in cursor.fetchall())
    return actual


def unbalanced(connection: Connection) -> list[Any]:
    """Rows of row_conservation whose counts do not add up."""
    with connection.cursor() as cursor:
        cursor.execute("""
            select * from candidate.row_conservation
            where rows_in <> rows_published + rows_quarantined + rows_superseded
        """)
        return cursor.fetchall()


@pytest.mark.parametrize("dataset", DATASETS)
def test_planted_defects_are_reported_and_nothing_else(
    dataset: str, store: Path, tmp_path: Path, database: Connection, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = DATASETS[dataset]
    if not folder.exists():
        pytest.skip(f"{dataset}: needs Access files in {folder}, which are not part of the project")
    for source in SOURCES:
        (tmp_path / "zips").mkdir(exist_ok=True)
        shutil.copy(folder / f"{source}.zip", tmp_path / "zips")
    get_config().set("Sources", "base", '["PRE1982", "Pre2008", "avall"]')
    monkeypatch.setenv("NTSB_SOURCES", str(tmp_path / "zips"))
    monkeypatch.setenv("NTSB_DATABASE_URL", make_dsn(server, dbname=database.info.dbname))
    assert run(CreateSnapshot()).errors == []
    result = run(ReconcileRows(snapshot=CreateSnapshot().current_id()))
    assert result.errors == []
    manifest = json.loads((folder / "manifest.json").read_text())
    actual, wanted = reported(database), planted(manifest)
    wanted.update(UNLISTED.get(dataset, {}))
    assert wanted
    assert (wanted - actual, actual - wanted) == (Counter(), Counter()), "(missed, wrongly reported)"
    assert unbalanced(database) == []
    with database.cursor() as cursor:
        cursor.execute("select source_file, source_table, rows_in from candidate.row_conservation")
        counted = {(source, table): rows for source, table, rows in cursor.fetchall()}
    expected_rows = {
        (source, table): manifest[source]["rows"][table] for source in SOURCES for table in era_of(source).tables
    }
    assert counted == expected_rows
