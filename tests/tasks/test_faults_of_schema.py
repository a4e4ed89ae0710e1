"""An avall whose tables have changed: what is missing is refused before anything is touched, what is new lands.

A damaged one is refused too.
"""

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline.ingest import jet4
from samples.jet4 import Column, read_schema, zip_access
from samples.lookups import lookup_rows
from samples.make import HERE, modern_files, write
from samples.make import SAMPLES as SIZE
from samples.modern_rows import Tables
from tests.reading import Reader
from tests.results import release
from tests.running import SAMPLES, Place, Told, sentence

Schema = dict[str, list[Column]]
LANDED = """
select source_table, source_column, target, reason from audit.column_ledger
where source_file = 'avall' and fate = 'landed' order by source_table, source_column
"""
NEW = "not in the contract: new in this file, kept as text"
# Of a run that was refused, nothing is left in the database.
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
    """Findings are called something else."""
    schema["Probable Findings"], rows["Probable Findings"] = schema.pop("Findings"), rows.pop("Findings")


def add_a_column_and_a_table(schema: Schema, rows: Tables) -> None:
    """events.drone is new, so is a table of drones."""
    schema["events"].insert(1, Column("Drone Used", "TEXT", 3))
    rows["events"][0]["Drone Used"] = " no"
    schema["drones"] = [Column("maker", "TEXT", 20)]
    rows["drones"] = [{"maker": "Bell"}]


class Changing:
    """A store with a release of three zips, whose avall can be written anew, with the same rows in other tables."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.zip = Path(place.sources) / "avall.zip"

    def write(self, change: Callable[[Schema, Tables], None]) -> None:
        """Writes the avall of the samples, with what the change does to it."""
        schema = read_schema(HERE / "schema_modern.csv")
        avall, *_ = modern_files(SIZE)
        rows = avall | lookup_rows(schema)
        change(schema, rows)
        write(self.zip.parent, "avall.mdb", schema, rows, {}, date(2025, 12, 1))

    def damage(self, folder: Path) -> None:
        """Writes the avall of the samples, with the list of the pages of its events pointing beyond its end."""
        with zipfile.ZipFile(SAMPLES / "avall.zip") as whole:
            file = Path(whole.extract("avall.mdb", folder))
        pages = jet4.open_pages(file)
        definition = bytes(pages[jet4.find_table(pages, file, "events")])
        page = jet4.read_number(definition, 56, 3)
        at = page * jet4.PAGE + (jet4.read_number(bytes(pages[page]), 14, 2) & jet4.OFFSET_MASK)
        content = bytearray(file.read_bytes())
        content[at : at + 5] = b"\1" + len(content).to_bytes(4, "little")
        file.write_bytes(content)
        zip_access(file, self.zip)

    def put_back(self) -> None:
        """The avall of the release."""
        self.zip.write_bytes((SAMPLES / "avall.zip").read_bytes())

    def publish(self) -> Told:
        """What a user does who has got a new file."""
        assert self.place.run("CreateSnapshot").code == 0
        return self.place.run("PublishRelease", "--snapshot", self.place.snapshot())


@pytest.fixture(scope="module")
def changing(earlier: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Changing]:
    """For all tests here: each leaves it as it found it."""
    sources = tmp_path_factory.mktemp("changing zips")
    for path in Path(earlier.sources).iterdir():
        (sources / path.name).write_bytes(path.read_bytes())
    place = earlier.copied(tmp_path_factory.mktemp("changing") / "store", sources=str(sources))
    yield Changing(place)
    place.stop()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (rename_a_column, "column aircraft.damage is absent; column aircraft.damage_level is new"),
        (leave_a_table_out, "table findings is absent; table probable_findings is new"),
    ],
    ids=["renamed column", "missing table"],
)
def test_what_is_missing_is_refused(changing: Changing, change: Callable[[Schema, Tables], None], words: str) -> None:
    place, before = changing.place, release(changing.place)
    changing.write(change)
    with Reader(place.url()) as reader:
        told = changing.publish()
    sentence(
        told,
        f"avall: expected the tables and columns of its era, found: {words}. Nothing was loaded.*change ",
        "LoadRawTables",
        "PublishRelease",
    )
    assert told.families == {"UnpackAccessFile"}
    assert (reader.errors, len(reader.seen)) == ([], 1) and reader.looks > 10
    assert release(place) == before
    assert place.ask(LEFT) == []
    # What was loaded of the file before is there as it was: with that file nothing is left to do.
    changing.put_back()
    again = changing.publish()
    assert (again.code, again.done) == (0, set())
    assert release(place) == before


def test_a_damaged_access_file_is_refused(changing: Changing, tmp_path: Path) -> None:
    """Its zip is whole and mdbtools says nothing of it: only who looks at the pages finds that one is not there."""
    place, before = changing.place, release(changing.place)
    changing.damage(tmp_path)
    with Reader(place.url()) as reader:
        told = changing.publish()
    words = "avall.mdb: table events points outside the file .*; .* remove .* and run again; .* get the zip anew"
    sentence(told, words, "LoadRawTables", "CastTables", "PublishRelease")
    assert (reader.errors, len(reader.seen)) == ([], 1)
    assert (release(place), place.ask(LEFT)) == (before, [])
    changing.put_back()
    assert changing.publish().code == 0
    assert release(place) == before


def test_what_is_new_lands_and_is_told(changing: Changing) -> None:
    place, before = changing.place, release(changing.place)
    changing.write(add_a_column_and_a_table)
    with Reader(place.url()) as reader:
        told = changing.publish()
    assert told.code == 0, told.text[-3000:]
    for finding in ("column events.drone_used is new", "table drones is new"):
        assert f"avall: {finding}: loaded as text and listed in the column ledger, but not published" in told.text
    assert (reader.errors, {look[0] for look in reader.seen}) == ([], {before["id"]})
    assert place.ask(LANDED) == [
        ("drones", "maker", "raw_avall.drones.maker", NEW),
        ("events", "Drone Used", "raw_avall.events.drone_used", NEW),
    ]
    assert place.ask("select drone_used from raw_avall.events where source_row = 1") == [(" no",)]
    assert place.ask("select maker from raw_avall.drones") == [("Bell",)]
    # The rows that the contract reads are those of the release before, and so is the release's id.
    assert tables(release(place)) == tables(before)
    changing.put_back()
    assert changing.publish().code == 0
    assert release(place) == before


def tables(found: dict[str, Any]) -> tuple[str, list[tuple[Any, ...]]]:
    """The id of a release, and rows and digests of its tables."""
    rows = [(name, *facts) for home, name, _, *facts in found["relations"] if home == "ntsb"]
    return found["id"], rows
