"""Each index is the one that the planner chooses for its documented query, on as many rows as make it worthwhile."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from psycopg2.extensions import connection as Connection

from pipeline.warehouse import table_schema
from tests import query_shapes
from tests.sql.tables import load, rows

# Values as uneven as NTSB's: a fifth of the events are fatal, half have a point, one state in fifty.
GENERATED_ROWS = (
    """
    insert into events (
        ev_id, ntsb_no, ev_date, ev_state, ev_city, apt_name, ev_highest_injury, dec_latitude, dec_longitude,
        era, source_file, source_row
    )
    select
        'e' || n, 'ANC' || n, date '1962-01-01' + n % 23000, 'A' || n % 50, 'City ' || md5((n % 5000)::text),
        'Field ' || md5((n % 3000)::text), (array['FATL', 'NONE', 'NONE', 'MINR', 'SERS'])[1 + n % 5],
        case when n % 2 = 0 then 25 + n % 240 / 10.0 end, case when n % 2 = 0 then -125 + n % 570 / 10.0 end,
        'avall', 'avall', n
    from generate_series(1, 30000) as n
    """,
    """
    insert into aircraft (ev_id, aircraft_key, acft_make, acft_model, regis_no, era, source_file, source_row)
    select
        ev_id, 1, 'Make ' || md5((source_row % 900)::text), 'M-' || source_row % 700, 'N' || source_row, era,
        source_file, source_row
    from events
    """,
    """
    insert into narratives (ev_id, aircraft_key, narr_cause, era, source_file, source_row)
    select ev_id, 1, 'The w' || source_row % 500 || ' was due to x' || source_row % 300, era, source_file, source_row
    from events
    """,
    """
    insert into findings (ev_id, aircraft_key, finding_no, finding_code, era, source_file, source_row)
    select ev_id, 1, 1, lpad((source_row % 400)::text, 4, '0') || '202044', era, source_file, source_row from events
    """,
    """
    insert into events_sequence (ev_id, aircraft_key, occurrence_no, occurrence_code, era, source_file, source_row)
    select ev_id, 1, 1, source_row % 300, era, source_file, source_row from events
    """,
    """
    insert into occurrences (ev_id, aircraft_key, occurrence_no, occurrence_code, era, source_file, source_row)
    select ev_id, 1, 1, source_row % 300, era, source_file, source_row from events
    """,
    """
    insert into seq_of_events (
        ev_id, aircraft_key, occurrence_no, seq_event_no, group_code, subj_code, era, source_file, source_row
    )
    select ev_id, 1, 1, 1, '1', 20000 + source_row % 300, era, source_file, source_row from events
    """,
    """
    insert into pre1982_causes (ev_id, aircraft_key, cause_no, cause_code, era, source_file, source_row)
    select ev_id, 1, 1, (6400 + source_row % 300)::text, era, source_file, source_row from events
    """,
)
INDEXED = [shape for shape in query_shapes.shapes() if shape.index]


@pytest.fixture(scope="module")
def filled(shared_database: Connection) -> Iterator[Connection]:
    with shared_database.cursor() as cursor:
        for statement in GENERATED_ROWS:
            cursor.execute(statement)
        # Vacuum merges new rows into the GIN indexes, as building one over existing rows does.
        cursor.execute("vacuum analyze")
    yield shared_database


def indexes_of(plan: dict[str, Any]) -> set[str]:
    """Names of the indexes in a plan."""
    own = {plan["Index Name"]} if "Index Name" in plan else set()
    return own.union(*(indexes_of(child) for child in plan.get("Plans", [])))


def explain(connection: Connection, query: str) -> set[str]:
    """Indexes that the planner chooses for a query, with the default settings."""
    with connection.cursor() as cursor:
        cursor.execute(f"explain (format json) {query}")
        ((plans,),) = cursor.fetchall()
    return indexes_of((json.loads(plans) if isinstance(plans, str) else plans)[0]["Plan"])


@pytest.mark.parametrize("shape", INDEXED, ids=lambda shape: shape.name)
def test_the_documented_query_uses_its_index(filled: Connection, shape: query_shapes.QueryShape) -> None:
    assert shape.index in explain(filled, shape.sql)
    for query in shape.variants(filled, 3):
        assert shape.index in explain(filled, query), query


def test_every_index_has_a_documented_query() -> None:
    created = {
        name
        for table in table_schema.tables()
        for name in re.findall(r"^create index (\w+)", table_schema.key_file(table).read_text(), re.MULTILINE)
    }
    assert created <= {shape.index for shape in INDEXED}


def test_every_query_of_the_page_has_a_name_and_other_values() -> None:
    blocks = re.findall(r"^```sql", query_shapes.PAGE.read_text(), re.MULTILINE)
    names = [shape.name for shape in query_shapes.shapes()]
    assert len(set(names)) == len(blocks)
    assert set(names) == set(query_shapes.OTHER_VALUES)
    for shape in query_shapes.shapes():
        assert all(shape.sql.count(text) for text in query_shapes.OTHER_VALUES[shape.name][1]), shape.name


def test_distances_are_meters_on_the_ellipsoid_across_the_180th_meridian(database: Connection) -> None:
    load(
        database,
        "events",
        """
        | ev_id   | dec_latitude | dec_longitude |
        | west    | 51.9         | 179.8         |
        | east    | 51.9         | -179.8        |
        | far     | 51.9         | -179.0        |
        | unknown |              |               |
        """,
    )
    (shape,) = [shape for shape in query_shapes.shapes() if shape.name == "within-50-km"]
    query = shape.sql.replace("-149.9", "-179.9").replace("61.2", "51.9")
    assert [(ev_id, distance) for ev_id, *_, distance in rows(database, query)] == [("east", 7), ("west", 21)]


def test_similar_names_come_first(database: Connection) -> None:
    load(
        database,
        "events",
        """
        | ev_id | ev_city      | ev_state |
        | e1    | Mesquite Bay | TX       |
        | e2    | MESQUITE BAY | TX       |
        | e3    | Mesquite     | NV       |
        | e4    | Nome         | AK       |
        | e5    |              | AK       |
        """,
    )
    (shape,) = [shape for shape in query_shapes.shapes() if shape.name == "city-spelled-approximately"]
    assert [city for city, *_ in rows(database, shape.sql)] == ["MESQUITE BAY", "Mesquite Bay", "Mesquite"]
