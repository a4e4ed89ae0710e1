"""An avall with other tables: missing columns stop a run before it changes anything, new ones are loaded as text.

A damaged file stops a run too.
"""

import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.ingest import access_file
from samples.jet4 import Column, read_schema, zip_access
from samples.lookups import lookup_rows
from samples.make import HERE, modern_files, write
from samples.make import SAMPLES as SIZE
from samples.modern_rows import Tables
from tests.reading import Reader
from tests.results import release
from tests.running import SAMPLES, RunResult, Workspace, assert_failed

Schema = dict[str, list[Column]]
LOADED_UNUSED = """
select source_table, source_column, target, reason from audit.column_ledger
where source_file = 'avall' and fate = 'raw' and source_table <> 'made_up_data' order by source_table, source_column
"""
NEW = "not in the table schema: new in this file, kept as text"
# Relations that a failed run must not leave in the database.
LEFT = """
select relname from pg_class
where relnamespace in ('candidate'::regnamespace, to_regnamespace('incremental')) and relkind in ('r', 'v', 'm')
"""


def rename_a_column(schema: Schema, rows: Tables) -> None:
    """aircraft.damage becomes aircraft.damage_level."""
    schema["aircraft"] = [replace(c, name="damage_level") if c.name == "damage" else c for c in schema["aircraft"]]
    for row in rows["aircraft"]:
        row["damage_level"] = row.pop("damage", None)


def leave_a_table_out(schema: Schema, rows: Tables) -> None:
    """The table Findings has another name."""
    schema["Probable Findings"], rows["Probable Findings"] = schema.pop("Findings"), rows.pop("Findings")


def change_types(schema: Schema, rows: Tables) -> None:
    """events.ev_date becomes text in ISO 8601, aircraft.num_eng a date, with the same values."""
    changed = {("events", "ev_date"): ("TEXT", 40), ("aircraft", "num_eng"): ("DATETIME", 0)}
    for (table, column), (kind, length) in changed.items():
        schema[table] = [replace(c, type=kind, length=length) if c.name == column else c for c in schema[table]]
    for row in rows["events"]:
        row["ev_date"] = row["ev_date"] and row["ev_date"].strftime("%Y-%m-%dT%H:%M:%S.000")
    for row in rows["aircraft"]:
        row["num_eng"] = datetime(1900, 1, 1)


def add_a_column_and_a_table(schema: Schema, rows: Tables) -> None:
    """A new column of events and a new table drones."""
    schema["events"].insert(1, Column("Drone Used", "TEXT", 3))
    rows["events"][0]["Drone Used"] = " no"
    schema["drones"] = [Column("maker", "TEXT", 20)]
    rows["drones"] = [{"maker": "Bell"}]


class Changing:
    """A store with a release of three zips, whose avall can be replaced by one with the same rows in other tables."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.zip = Path(workspace.sources) / "avall.zip"

    def write(self, change: Callable[[Schema, Tables], None]) -> None:
        """Writes the avall of the samples after applying a change."""
        schema = read_schema(HERE / "schema_modern.csv")
        avall, *_ = modern_files(SIZE)
        rows = avall | lookup_rows(schema)
        change(schema, rows)
        write(self.zip.parent, "avall.mdb", schema, rows, {}, date(2025, 12, 1))

    def damage(self, folder: Path) -> None:
        """Writes the avall of the samples with a page number of events beyond the end of the file."""
        with zipfile.ZipFile(SAMPLES / "avall.zip") as whole:
            file = Path(whole.extract("avall.mdb", folder))
        content = bytearray(file.read_bytes())
        first = int(access_file.open_database(file).definitions["events"].pages[0])
        (owner,) = struct.unpack_from("<I", content, first * 4096 + 4)
        (usage_map,) = struct.unpack_from("<I", content, owner * 4096 + 55)
        page, slot = (usage_map >> 8) * 4096, usage_map & 0xFF
        offset = page + (struct.unpack_from("<H", content, page + 14 + 2 * slot)[0] & 0x1FFF)
        content[offset : offset + 5] = b"\1" + len(content).to_bytes(4, "little")
        file.write_bytes(content)
        zip_access(file, self.zip)

    def restore(self) -> None:
        """Writes the avall of the release."""
        self.zip.write_bytes((SAMPLES / "avall.zip").read_bytes())

    def publish(self) -> RunResult:
        """Creates a snapshot and publishes it."""
        assert self.workspace.run("CreateSnapshot").code == 0
        return self.workspace.run("PublishRelease", "--snapshot", self.workspace.snapshot())


@pytest.fixture(scope="module")
def changing(earlier: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Changing]:
    """One store for all tests of this module, which restore avall."""
    sources = tmp_path_factory.mktemp("changing zips")
    for path in Path(earlier.sources).iterdir():
        (sources / path.name).write_bytes(path.read_bytes())
    workspace = earlier.copied(tmp_path_factory.mktemp("changing") / "store", sources=str(sources))
    yield Changing(workspace)
    workspace.stop()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (rename_a_column, "column aircraft.damage is absent; column aircraft.damage_level is new"),
        (leave_a_table_out, "table findings is absent; table probable_findings is new"),
        (
            change_types,
            "column aircraft.num_eng has the type Date/Time instead of Byte or Integer or Long; "
            "column events.ev_date has the type Text instead of Date/Time or Date/Time Extended",
        ),
    ],
    ids=["renamed column", "missing table", "other types"],
)
def test_missing_columns_and_tables_and_other_types_stop_a_run(
    changing: Changing, change: Callable[[Schema, Tables], None], words: str
) -> None:
    workspace, before = changing.workspace, release(changing.workspace)
    changing.write(change)
    with Reader(workspace.url()) as reader:
        result = changing.publish()
    assert_failed(
        result,
        f"avall: expected the tables and columns of its era, found: {words}. Nothing was loaded.*change ",
        "LoadRawTables",
        "PublishRelease",
    )
    assert result.families == {"UnpackAccessFile"}
    assert (reader.errors, len(reader.seen)) == ([], 1) and reader.looks > 10
    assert release(workspace) == before
    assert workspace.query(LEFT) == []
    # The tables of the previous file are unchanged: with that file, every task is complete.
    changing.restore()
    again = changing.publish()
    assert (again.code, again.done) == (0, set())
    assert release(workspace) == before


def test_a_damaged_access_file_stops_a_run(changing: Changing, tmp_path: Path) -> None:
    """Its zip is intact; only the usage map of the table shows that a page is missing."""
    workspace, before = changing.workspace, release(changing.workspace)
    changing.damage(tmp_path)
    with Reader(workspace.url()) as reader:
        result = workspace.run("CreateSnapshot")
    message = r"expected an intact Access file, found: table events: page .* download the file again"
    assert_failed(result, message, "LoadRawTables", "CastTables", "PublishRelease")
    assert (reader.errors, len(reader.seen)) == ([], 1)
    assert (release(workspace), workspace.query(LEFT)) == (before, [])
    changing.restore()
    assert changing.publish().code == 0
    assert release(workspace) == before


def test_new_columns_and_tables_are_loaded_and_reported(changing: Changing) -> None:
    workspace, before = changing.workspace, release(changing.workspace)
    changing.write(add_a_column_and_a_table)
    with Reader(workspace.url()) as reader:
        result = changing.publish()
    assert result.code == 0, result.text[-3000:]
    for finding in ("column events.drone_used is new", "table drones is new"):
        assert f"avall: {finding}: loaded as text and listed in the column ledger, but not published" in result.text
    assert (reader.errors, {look[0] for look in reader.seen}) == ([], {before["id"]})
    assert workspace.query(LOADED_UNUSED) == [
        ("drones", "maker", "raw_avall.drones.maker", NEW),
        ("events", "Drone Used", "raw_avall.events.drone_used", NEW),
    ]
    assert workspace.query("select drone_used from raw_avall.events where source_row = 1") == [(" no",)]
    assert workspace.query("select maker from raw_avall.drones") == [("Bell",)]
    # Published rows are those of the previous release, so the release has the same id.
    assert tables(release(workspace)) == tables(before)
    changing.restore()
    assert changing.publish().code == 0
    assert release(workspace) == before


def tables(actual: dict[str, Any]) -> tuple[str, list[tuple[Any, ...]]]:
    """The id of a release, and rows and digests of its tables."""
    rows = [(name, *details) for schema, name, _, *details in actual["relations"] if schema == "ntsb"]
    return actual["id"], rows
