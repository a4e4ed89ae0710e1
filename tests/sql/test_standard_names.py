"""Standard names of makes and models, and the form of the reviewed lists."""

import zipfile
from pathlib import Path

import pytest
from empty_mart import mart as mart
from empty_mart import prepared as prepared
from psycopg2.extensions import connection as Connection
from psycopg2.extras import execute_values
from tables import load, rows

from pipeline.errors import InvalidMapping
from pipeline.warehouse import mappings
from tests.access import read_table

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "real"
AIRCRAFT = """
    | ev_id | aircraft_key | acft_make   | acft_model |
    | mid   | 1            | Beechcraft  | A-36       |
    | new   | 1            | ~CESSNA~    | 172 n      |
    | old   | 1            | PEECH       | NOT LISTED |
    | old   | 2            | NOT A MAKER | 172        |
    | old   | 3            |             |            |
    | old   | 4            | SMITH       | 172        |
"""


def test_names_outside_the_list_have_no_standard_name(mart: Connection) -> None:
    load(mart, "aircraft", AIRCRAFT)
    with mart.cursor() as cursor:
        cursor.execute("update aircraft set acft_make = replace(acft_make, '~', ' ')")
        cursor.execute("refresh materialized view aircraft_names")
    columns = "make, make_confidence, model, model_confidence, acft_make, make_rule is not null"
    assert rows(mart, f"select {columns} from aircraft_names order by ev_id, aircraft_key") == [
        ("BEECH", "alias", "A36", "alias", "Beechcraft", True), ("CESSNA", "exact", "172N", "alias", " CESSNA ", True),
        ("BEECH", "alias", None, "none", "PEECH", True), (None, "none", None, "none", "NOT A MAKER", False),
        (None, "missing", None, "missing", None, False), (None, "none", None, "none", "SMITH", True),
    ]  # fmt: skip


def test_mapping_rows_are_valid_and_unique(mart: Connection) -> None:
    """Every row has a confidence, a value unless that is none, and either a code or a pattern that compiles."""
    invalid = """
        select list, line from mapping
        where confidence not in ('exact', 'close', 'none') or (modern is null) <> (confidence = 'none')
            or (code is null) = (meaning is null) or era not in ('avall', 'pre2008', 'pre1982') or field <> list
    """
    assert rows(mart, invalid) == []
    assert rows(mart, "select count(*) from mapping where 'PROBE' ~ coalesce(meaning, '')")[0][0] > 0
    duplicates = "select field, era, code from mapping where code is not null group by 1, 2, 3 having count(*) > 1"
    assert rows(mart, duplicates) == []
    for table, key in (("make_alias", "written"), ("model_alias", "make, written"), ("supplement", "field, code"),
                       ("published_series", "series, item, measure")):  # fmt: skip
        assert rows(mart, f"select {key} from {table} group by {key} having count(*) > 1") == []
    assert rows(mart, "select make from model_alias except select make from make_alias") == []
    invalid = "(make is null) <> (confidence = 'none') or confidence not in ('exact', 'alias', 'none')"
    assert rows(mart, f"select line from make_alias where {invalid} or confidence = 'none' and note is null") == []


def test_lists_with_malformed_rows_are_rejected(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("field,code\nx,1\ny\n")
    (tmp_path / "b.csv").write_text("field,value\nx,1\n")
    with pytest.raises(
        InvalidMapping, match=r"a.csv:3: expected 2 cells, found 1; .*\n  b.csv: expected the columns field, code"
    ):
        mappings.read_csv_files([tmp_path / "a.csv", tmp_path / "b.csv"])
    with pytest.raises(InvalidMapping, match="found 0"):
        mappings.read_csv_files([])


@pytest.fixture
def real_names(mart: Connection, tmp_path: Path) -> Connection:
    """Standard names of the aircraft in the real files; skips without the files."""
    if not REAL.is_dir():
        pytest.skip("needs NTSB's files in ../shared/data/real, which are not part of the project")
    with mart.cursor() as cursor:
        for source in ("Pre2008", "avall"):
            with zipfile.ZipFile(REAL / f"{source}.zip") as archive:
                archive.extract(f"{source}.mdb", tmp_path)
            aircraft = read_table(tmp_path / f"{source}.mdb", "aircraft")
            written = [(source, number, row["acft_make"], row["acft_model"]) for number, row in enumerate(aircraft)]
            execute_values(
                cursor, "insert into aircraft (ev_id, aircraft_key, acft_make, acft_model) values %s", written
            )
        cursor.execute("refresh materialized view aircraft_names")
    return mart


def test_most_names_in_real_files_are_in_the_lists(real_names: Connection) -> None:
    """Nine in ten aircraft with a make have a standard make; two in three with a model have a standard model."""
    ((makes, models),) = rows(real_names, """
        select
            count(make)::float / count(*) filter (where make_confidence <> 'missing'),
            count(model)::float / count(*) filter (where model_confidence <> 'missing')
        from aircraft_names
    """)  # fmt: skip
    assert makes > 0.9 and models > 0.66, (makes, models)


def test_the_most_frequent_names_in_real_files_are_in_the_lists(real_names: Connection) -> None:
    """The 200 most frequent makes and the 500 most frequent models of known makes."""
    makes = """
        select regexp_replace(upper(acft_make), '[^A-Z0-9]+', ' ', 'g') as written, count(*), min(make_rule)
        from aircraft_names where make_confidence <> 'missing' group by 1 order by 2 desc, 1 limit 200
    """
    assert [name for name, _, rule in rows(real_names, makes) if rule is None] == []
    models = """
        select make, regexp_replace(upper(acft_model), '[^A-Z0-9]+', '', 'g') as written, count(*), min(model_rule)
        from aircraft_names where make is not null and model_confidence <> 'missing'
        group by 1, 2 order by 3 desc, 1, 2 limit 500
    """
    assert [name for *name, _, rule in rows(real_names, models) if rule is None] == []
