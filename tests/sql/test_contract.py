"""The typed contract: every column of NTSB's 20 tables, keys that hold, derived columns that work."""

import csv
import re
from collections import defaultdict
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection
from tables import load, rows

from pipeline.warehouse import sql_file, table_schema

SCHEMA = Path(__file__).parents[2] / "samples" / "schema_modern.csv"
TYPES = {
    **{"TEXT": "text", "MEMO": "text", "BYTE": "integer", "INT": "integer", "LONG": "integer", "SINGLE": "real"},
    **{"DOUBLE": "double precision", "BOOLEAN": "boolean", "DATETIME": "date"},
}
TIMES = ("ev_time", "wx_obs_time", "ntsb_notf_tm", "dprt_time")
DERIVED = {"events": ["ev_year", "geom"], "narratives": ["search_vector"]}
OWN = ["era", "source_file", "source_row"]
PARENTS = {
    **{"aircraft": "events", "ntsb_admin": "events", "dt_events": "events"},
    **{"seq_of_events": "occurrences", "flight_time": "flight_crew", "dt_flight_crew": "flight_crew"},
    **dict.fromkeys(["narratives", "findings", "events_sequence", "occurrences"], "aircraft"),
    **dict.fromkeys(["engines", "injury", "flight_crew", "dt_aircraft"], "aircraft"),
}
# The Access files have no key there, or one that its rows break.
OWN_KEYS = {
    **{"ntsb_admin": ["ev_id"], "country": ["country_code"], "states": ["state"], "ct_seqevt": ["code"]},
    "seq_of_events": ["ev_id", "aircraft_key", "occurrence_no", "seq_event_no", "group_code"],
    **{table: ["source_file", "source_row"] for table in ("ct_iaids", "eadmspub_datadictionary")},
}


def stated() -> dict[str, dict[str, dict[str, str]]]:
    """{table: {column: its line in the schema of NTSB's files}}, names as in the raw schema."""
    found: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    with SCHEMA.open(newline="") as file:
        for line in csv.DictReader(file):
            found[line["table"].lower()][line["column"].lower().replace(" ", "_")] = line
    return dict(found)


def wanted_type(column: str, access: str) -> str:
    if column == "lchg_date":
        return "timestamp without time zone"
    return "time without time zone" if column in TIMES else TYPES[access]


def test_the_schema_is_whole() -> None:
    assert (len(stated()), sum(map(len, stated().values()))) == (20, 336)


@pytest.mark.parametrize("table", stated())
def test_every_column_is_there_in_its_order_with_its_type(shared_database: Connection, table: str) -> None:
    with shared_database.cursor() as cursor:
        columns = table_schema.columns(cursor, table)
    sources = sql_file.annotations(table_schema.table_file(table), "source")
    read = {sources.get(c.name, c.name): c.type for c in columns if not c.derived and c.name not in OWN}
    assert list(read.items()) == [(name, wanted_type(name, line["type"])) for name, line in stated()[table].items()]
    assert [column.name for column in columns if column.derived] == DERIVED.get(table, [])
    assert [column.name for column in columns if not column.derived][-3:] == OWN


@pytest.mark.parametrize("table", stated())
def test_functions_named_in_marks_exist(shared_database: Connection, table: str) -> None:
    named = sql_file.annotations(table_schema.table_file(table), "convert")
    memos = {name for name, line in stated()[table].items() if line["type"] == "MEMO"}
    assert {name for name, function in named.items() if function == "to_memo"} == memos
    for function in named.values():
        assert rows(shared_database, "select to_regprocedure(%s) is not null", f"convert.{function}(text)") == [(True,)]


@pytest.mark.parametrize("table", stated())
def test_keys(shared_database: Connection, table: str) -> None:
    lines = stated()[table]
    in_file = sorted((line["pk"], name) for name, line in lines.items() if line["pk"])
    with shared_database.cursor() as cursor:
        key = list(table_schema.primary_key(cursor, table))
        foreign = table_schema.foreign_keys(cursor, table)
    assert key == OWN_KEYS.get(table, [name for _, name in in_file])
    expected = [PARENTS[table]] if table in PARENTS else []
    assert [one.parent for one in foreign] == list(table_schema.parents(table)) == expected


@pytest.mark.parametrize("table", table_schema.tables())
def test_comments_say_what_is_ours(shared_database: Connection, table: str) -> None:
    query = "select attname from pg_attribute where attrelid = %s::regclass and col_description(attrelid, attnum) > ''"
    commented = {name for (name,) in rows(shared_database, query, table)}
    assert commented >= {*OWN, *DERIVED.get(table, [])}
    assert rows(shared_database, "select obj_description(%s::regclass)", table) != [(None,)]


@pytest.mark.parametrize("path", table_schema.all_files(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_files_keep_their_form(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert lines[0].startswith("-- needs: ") and lines[1].startswith("-- grain: ")
    assert not re.search(r"\b(contract|candidate|ntsb|public)\.\w", path.read_text()), "the search_path decides"
    commands = [number for number, line in enumerate(lines) if line.startswith("create index")]
    assert all(lines[number - 1].startswith("-- ") for number in commands), "each index says which query it serves"


def test_events_derive_their_year_and_their_place(database: Connection) -> None:
    load(
        database,
        "events",
        """
        | ev_id | ev_date    | ev_year_ntsb | dec_latitude | dec_longitude |
        | e1    | 2019-12-31 | 2020         | 61.5         | -149.25       |
        | e2    |            | 2020         | 61.5         |               |
        | e3    | 1962-07-19 |              | 4603         | -89           |
        """,
    )
    found = rows(database, "select ev_year, ev_year_ntsb, st_astext(geom), st_srid(geom) from events order by ev_id")
    assert found[0] == (2019, 2020, "POINT(-149.25 61.5)", 4326)
    assert found[1:] == [(None, 2020, None, None), (1962, None, None, None)]


def test_narratives_are_found_by_their_words(database: Connection) -> None:
    load(database, "events", "| ev_id |\n| e1 |")
    load(database, "aircraft", "| ev_id | aircraft_key |\n| e1 | 1 |\n| e1 | 2 |")
    load(
        database,
        "narratives",
        """
        | ev_id | aircraft_key | narr_accp             | narr_cause     |
        | e1    | 1            | The carburetor froze. |                |
        | e1    | 2            |                       | A hard landing |
        """,
    )
    query = "select aircraft_key from narratives where search_vector @@ websearch_to_tsquery('english', %s)"
    assert rows(database, query, "carburetors") == [(1,)]
    assert rows(database, query, "landings") == [(2,)]
    assert rows(database, query, "carburetors landing") == []


def test_no_narrative_is_too_long_to_be_indexed(database: Connection) -> None:
    load(database, "events", "| ev_id |\n| e1 |")
    load(database, "aircraft", "| ev_id | aircraft_key |\n| e1 | 1 |")
    # Pairs of rare letters of four bytes each: every pair makes three words, most of them met once.
    letters = [chr(number) for start, end in ((0x20000, 0x2A6DE), (0x2A700, 0x2EBE0)) for number in range(start, end)]
    text = " ".join(f"{one}-{other}" for one, other in zip(letters, letters[1:] + letters[:1], strict=True))
    with pytest.raises(psycopg2.errors.ProgramLimitExceeded):
        rows(database, "select to_tsvector('english', %s)", text)
    load(database, "narratives", f"| ev_id | aircraft_key | narr_accf |\n| e1 | 1 | {text} |")
    assert rows(database, "select narr_accf = %s, length(search_vector) > 1000 from narratives", text) == [(True, True)]


@pytest.mark.parametrize("table", sorted(PARENTS))
def test_orphans_are_refused(database: Connection, table: str) -> None:
    with database.cursor() as cursor:
        key = table_schema.primary_key(cursor, table)
    with pytest.raises(psycopg2.errors.ForeignKeyViolation):
        load(database, table, f"| {' | '.join(key)} |\n| {' | '.join('1' for _ in key)} |")
