"""The table schema: columns of NTSB's 20 tables, keys, comments and derived columns."""

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
# Tables whose key in the Access file is missing or violated by its rows.
OWN_KEYS = {
    **{"ntsb_admin": ["ev_id"], "country": ["country_code"], "states": ["state"], "ct_seqevt": ["code"]},
    "seq_of_events": ["ev_id", "aircraft_key", "occurrence_no", "seq_event_no", "group_code"],
    **{table: ["source_file", "source_row"] for table in ("ct_iaids", "eadmspub_datadictionary")},
}


def access_schema() -> dict[str, dict[str, dict[str, str]]]:
    """{table: {column: its line in schema_modern.csv}}, with the names of the raw tables."""
    schema: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    with SCHEMA.open(newline="") as file:
        for line in csv.DictReader(file):
            schema[line["table"].lower()][line["column"].lower().replace(" ", "_")] = line
    return dict(schema)


def expected_type(column: str, access: str) -> str:
    if column == "lchg_date":
        return "timestamp without time zone"
    return "time without time zone" if column in TIMES else TYPES[access]


def test_the_access_schema_has_20_tables_and_336_columns() -> None:
    assert (len(access_schema()), sum(map(len, access_schema().values()))) == (20, 336)


@pytest.mark.parametrize("table", access_schema())
def test_columns_have_the_order_and_types_of_the_access_files(shared_database: Connection, table: str) -> None:
    with shared_database.cursor() as cursor:
        columns = table_schema.columns(cursor, table)
    sources = sql_file.annotations(table_schema.table_file(table), "source")
    read = {sources.get(c.name, c.name): c.type for c in columns if not c.derived and c.name not in OWN}
    assert list(read.items()) == [
        (name, expected_type(name, line["type"])) for name, line in access_schema()[table].items()
    ]
    assert [column.name for column in columns if column.derived] == DERIVED.get(table, [])
    assert [column.name for column in columns if not column.derived][-3:] == OWN


@pytest.mark.parametrize("table", access_schema())
def test_convert_annotations_name_existing_functions(shared_database: Connection, table: str) -> None:
    functions = sql_file.annotations(table_schema.table_file(table), "convert")
    memos = {name for name, line in access_schema()[table].items() if line["type"] == "MEMO"}
    assert {name for name, function in functions.items() if function == "to_memo"} == memos
    for function in functions.values():
        assert rows(shared_database, "select to_regprocedure(%s) is not null", f"convert.{function}(text)") == [(True,)]


@pytest.mark.parametrize("table", access_schema())
def test_keys_are_those_of_the_access_files(shared_database: Connection, table: str) -> None:
    lines = access_schema()[table]
    in_file = sorted((line["pk"], name) for name, line in lines.items() if line["pk"])
    with shared_database.cursor() as cursor:
        key = list(table_schema.primary_key(cursor, table))
        foreign_keys = table_schema.foreign_keys(cursor, table)
    assert key == OWN_KEYS.get(table, [name for _, name in in_file])
    expected = [PARENTS[table]] if table in PARENTS else []
    assert [foreign.parent for foreign in foreign_keys] == list(table_schema.parents(table)) == expected


@pytest.mark.parametrize("table", table_schema.tables())
def test_tables_have_comments(shared_database: Connection, table: str) -> None:
    assert rows(shared_database, "select obj_description(%s::regclass)", table) != [(None,)]


@pytest.mark.parametrize("path", table_schema.all_files(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_files_have_header_lines_and_explain_each_index(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert lines[0].startswith("-- needs: ") and lines[1].startswith("-- grain: ")
    assert not re.search(r"\b(contract|candidate|ntsb|public)\.\w", path.read_text()), "the search_path decides"
    commands = [number for number, line in enumerate(lines) if line.startswith("create index")]
    assert all(lines[number - 1].startswith("-- ") for number in commands), (
        "a comment above each index must name its purpose"
    )


def test_events_derive_year_and_point(database: Connection) -> None:
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
    actual = rows(database, "select ev_year, ev_year_ntsb, st_astext(geom), st_srid(geom) from events order by ev_id")
    assert actual[0] == (2019, 2020, "POINT(-149.25 61.5)", 4326)
    assert actual[1:] == [(None, 2020, None, None), (1962, None, None, None)]


def test_full_text_search_finds_narratives(database: Connection) -> None:
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


def test_long_narratives_fit_into_the_search_vector(database: Connection) -> None:
    load(database, "events", "| ev_id |\n| e1 |")
    load(database, "aircraft", "| ev_id | aircraft_key |\n| e1 | 1 |")
    # Pairs of four-byte characters: every pair gives three lexemes, most of them unique.
    letters = [chr(number) for start, end in ((0x20000, 0x2A6DE), (0x2A700, 0x2EBE0)) for number in range(start, end)]
    text = " ".join(f"{one}-{other}" for one, other in zip(letters, letters[1:] + letters[:1], strict=True))
    with pytest.raises(psycopg2.errors.ProgramLimitExceeded):
        rows(database, "select to_tsvector('english', %s)", text)
    load(database, "narratives", f"| ev_id | aircraft_key | narr_accf |\n| e1 | 1 | {text} |")
    assert rows(database, "select narr_accf = %s, length(search_vector) > 1000 from narratives", text) == [(True, True)]


@pytest.mark.parametrize("table", sorted(PARENTS))
def test_foreign_keys_reject_orphans(database: Connection, table: str) -> None:
    with database.cursor() as cursor:
        key = table_schema.primary_key(cursor, table)
    with pytest.raises(psycopg2.errors.ForeignKeyViolation):
        load(database, table, f"| {' | '.join(key)} |\n| {' | '.join('1' for _ in key)} |")
