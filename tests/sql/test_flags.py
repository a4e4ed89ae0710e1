"""Every rule flags its bad rows, with the right column and raw text, and no valid row; cast as in a real run."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg2.extensions import connection as Connection
from psycopg2.extras import execute_values
from tables import parse

from pipeline import sources
from pipeline.warehouse import cast, sql_file, table_schema
from pipeline.warehouse.quality import cast_losses, flags, quarantine

Rows = list[dict[str, str | None]]
ERA = next(era for era in sources.eras() if era.name == "avall")
CODES = "code tables"
# By path below the folder: a rule of one era is `<era>/<flag>`.
RULES = {
    path.relative_to(flags.FOLDER).with_suffix("").as_posix(): path for path in sorted(flags.FOLDER.rglob("*.sql"))
}


def unescaped(value: str | None) -> str | None:
    """`·` is a blank, `\\92` the character with that code."""
    if value is None:
        return None
    return re.sub(r"\\([0-9A-F]{2})", lambda match: chr(int(match[1], 16)), value.replace("·", " "))


def read_cases() -> dict[str, dict[str, Rows]]:
    """{rule: {table in NTSB's spelling: rows}} from flag_cases.md."""
    cases: dict[str, dict[str, Rows]] = {}
    text = (Path(__file__).parent / "flag_cases.md").read_text(encoding="utf-8")
    for part in re.split(r"^# ", text, flags=re.MULTILINE)[1:]:
        name, _, body = part.partition("\n")
        tables = re.findall(r"^(\w+)\n((?:\|.*\n)+)", body + "\n", re.MULTILINE)
        cases[name] = {
            table: [{key: unescaped(value) for key, value in row.items()} for row in parse(rows)]
            for table, rows in tables
        }
    return cases


CASES = read_cases()


def load_table(connection: Connection, name: str, rows: Rows) -> None:
    """Creates raw_<table> with the rows, and casts it, as a run does."""
    table = name.lower()
    columns = [column for column in rows[0] if column != "bad"]
    listed = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        texts = ", ".join(f'"{column}" text' for column in columns)
        cursor.execute(f"create table raw_avall.{table} (source_row bigint generated always as identity, {texts})")
        values = [[row[column] for column in columns] for row in rows]
        execute_values(cursor, f"insert into raw_avall.{table} ({listed}) values %s", values)
        cursor.execute(f"create temporary view raw_{table} as select * from raw_avall.{table}")
        query = cast.cast_select(table, table_schema.columns(cursor, table), columns, "avall", ERA.name)
        cursor.execute(f"create table {table} as {query.as_string(cursor)}")


@pytest.fixture
def schemas(shared_database: Connection) -> Iterator[Connection]:
    """Empty schemas for one file, in a transaction that is rolled back."""
    with shared_database.cursor() as cursor:
        cursor.execute("begin; create schema raw_avall; create schema typed_avall")
        cursor.execute("set local search_path = typed_avall, pg_temp, public")
        cursor.execute(";".join([quarantine.CREATE_TABLE, flags.CREATE_TABLE, cast_losses.CREATE_TABLE]))
        yield shared_database
        cursor.execute("rollback")


def fill(connection: Connection, tables: dict[str, Rows]) -> None:
    """Loads the tables, and the code tables that are not among them; creates the helper views of 1962-1981."""
    for name, rows in (CASES[CODES] | tables).items():
        load_table(connection, name, rows)
    with connection.cursor() as cursor:
        cursor.execute((sources.era_of("PRE1982").folder / "_places.sql").read_text())


@pytest.mark.parametrize("name", RULES)
def test_a_rule_flags_bad_rows_and_no_others(schemas: Connection, name: str) -> None:
    assert name in CASES, f"{name}: every rule needs rows in flag_cases.md, bad ones and valid ones"
    rule = flags.read_rule(RULES[name])
    cases = CASES[name][rule.table]
    fill(schemas, CASES[name])
    with schemas.cursor() as cursor:
        flags.insert_flags(cursor, "avall", rule.table, [rule.flag_query()])
        cursor.execute("select source_row, source_column, value from flag order by source_row")
        flagged = cursor.fetchall()
    expected = []
    for number, row in enumerate(cases, start=1):
        if row["bad"]:
            column = row["bad"] if rule.column == "*" else rule.column.lower()
            expected.append((number, column, row[column]))
    assert flagged == expected
    assert 0 < len(expected) < len(cases), "bad and valid rows are needed"


def test_every_case_has_a_rule() -> None:
    assert set(CASES) - {CODES} == set(RULES)


@pytest.mark.parametrize("name", RULES)
def test_a_rule_needs_what_it_reads(schemas: Connection, name: str) -> None:
    """Its headers list every relation that it reads, and it returns only source_row and source_column."""
    rule = flags.read_rule(RULES[name])
    era = next((era for era in sources.eras() if era.name == rule.path.parent.name), ERA)
    assert rule.table in era.tables, "the table in NTSB's spelling"
    assert set(rule.eras) <= {era.name for era in sources.eras()}
    fill(schemas, CASES[name])
    with schemas.cursor() as cursor:
        cursor.execute(f"create temporary view probe as {rule.path.read_text()}")
        cursor.execute("""
            select distinct relname from pg_rewrite
            inner join pg_depend on pg_depend.objid = pg_rewrite.oid and refclassid = 'pg_class'::regclass
            inner join pg_class on pg_class.oid = refobjid
            where ev_class = 'probe'::regclass and refobjid <> 'probe'::regclass
        """)
        assert {relation for (relation,) in cursor.fetchall()} == set(sql_file.needs(rule.path))
        cursor.execute("select attname from pg_attribute where attrelid = 'probe'::regclass")
        returned = {column for (column,) in cursor.fetchall()}
    assert returned == ({"source_row", "source_column"} if rule.column == "*" else {"source_row"})


def test_a_quarantined_row_is_not_flagged(schemas: Connection) -> None:
    fill(schemas, CASES["crew_age_absurd"])
    with schemas.cursor() as cursor:
        cursor.execute("delete from flight_crew where source_row = 3")
        flags.apply_rules(cursor, "avall", "avall", {"flight_crew": "Flight_Crew"})
        cursor.execute("select flag, source_row, key, value from flag where flag = 'crew_age_absurd'")
        assert cursor.fetchall() == [("crew_age_absurd", 4, "e1 1 4", "137")]


def test_text_that_cannot_be_cast_is_flagged(schemas: Connection) -> None:
    events = parse("""
        | ev_id | ev_time | dec_latitude | wx_temp | bad |
        | e1    | 825     | 41.5         | 60      |     |
        | e2    | 2561    | 4603         | warm    |     |
        | e3    |         |              |         |     |
        | e4    | 2561    |              |         |     |
    """)
    # Blank text is no value, so none is lost.
    events[2]["wx_temp"] = "  "
    fill(schemas, {"events": events})
    raw = {"events": ["ev_id", "ev_time", "dec_latitude", "wx_temp"]}
    with schemas.cursor() as cursor:
        cast_losses.record_losses(cursor, "events", "events", raw["events"])
        cursor.execute("delete from events where source_row = 4")
        cursor.execute("insert into quarantine values ('avall', 'events', 4, 'duplicate')")
        flags.flag_lost_values(cursor, "avall", {"events": "events"}, raw)
        cursor.execute("select flag, source_row, source_column, value from flag order by flag")
        assert cursor.fetchall() == [
            ("ev_time_invalid", 2, "ev_time", "2561"),
            ("latitude_out_of_range", 2, "dec_latitude", "4603"),
            ("wx_temp_invalid", 2, "wx_temp", "warm"),
        ]


@pytest.mark.parametrize("text", ["-- needs: events\nselect 1", "-- needs: events\n-- flags: events.ev_city\nselect 1"])
def test_a_rule_without_headers_is_an_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "city_lost.sql"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"city_lost\.sql: expected a header line `-- flags:"):
        flags.read_rule(path)
