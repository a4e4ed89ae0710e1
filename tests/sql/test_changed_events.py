"""The page on changes and the feed describe revised events by their current values, withdrawn ones by their last."""

import json
from typing import Any

from psycopg2.extensions import connection as Connection

from tests.architecture.tree import REPOSITORY

CHANGES = REPOSITORY / "reports" / "changes"
# E1 was revised: its city, date and deaths were emptied. E2 was withdrawn.
ROWS = {
    ev_id: {
        "events": [
            {"ev_id": ev_id, "ev_date": "2020-01-01", "ev_city": "NOME", "ev_state": "AK", "ev_highest_injury": "FATL"}
            | {"inj_tot_f": 2, "inj_f_grnd": 1, "inj_tot_s": 4, "inj_f_serious": None}
        ],
        "aircraft": [
            {"ev_id": ev_id, "aircraft_key": 2, "regis_no": "N2", "acft_make": None, "acft_model": "172 "},
            {"ev_id": ev_id, "aircraft_key": 1, "regis_no": "N1", "acft_make": "CESSNA", "acft_model": "150"},
        ],
    }
    for ev_id in ("E1", "E2")
}
PREPARE = """
    begin;
    set local search_path = pg_temp, history, mart, public;
    create temp table events (like contract.events including generated);
    create temp table aircraft (like contract.aircraft);
    create temp table event_summary (
        ev_id text, ev_date date, ev_city text, ev_state text, ev_state_meaning text, ev_country text, severity text,
        total_deaths integer, total_seriously_injured integer
    );
    insert into events (ev_id, era, source_file, source_row) values ('E1', 'avall', 'avall', 1);
    insert into event_summary (ev_id) values ('E1');
    insert into change values (1, 'a', 'b', '{}');
    insert into event_version values
        ('E1', 1, 'revised', 'avall', 'a', 'b', 'x', 'y', %s), ('E2', 1, 'withdrawn', 'avall', 'a', 'b', 'x', null, %s);
    insert into row_version values
        (1, 'events', '["E1"]', 'E1', 'revised', 'avall', 'avall', 1,
        '{"ev_city": "NOME", "lchg_date": "2020", "geom": "a"}', '{"ev_city": null, "lchg_date": "2021", "geom": "b"}');
"""


def result(cursor: Any, path: str) -> list[dict[str, Any]]:
    cursor.execute((CHANGES / path).read_text())
    names = [column.name for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_a_value_that_a_revision_emptied_is_not_shown_as_current(database: Connection) -> None:
    with database.cursor() as cursor:
        cursor.execute(PREPARE, [json.dumps(rows) for rows in ROWS.values()])
        revised, withdrawn = result(cursor, "queries/changed_events.sql")
        feed = {row["ev_id"]: row for row in result(cursor, "feed.sql")}
        values = result(cursor, "queries/revised.sql")
        fields = {row["column_name"]: row["is_bookkeeping"] for row in result(cursor, "queries/fields.sql")}
        cursor.execute("rollback")
    emptied = ("ev_date", "ev_city", "ev_state", "aircraft", "severity", "total_deaths", "total_seriously_injured")
    assert [revised[name] for name in emptied] == [None] * 7
    assert [withdrawn[name] for name in emptied] == ["2020-01-01", "NOME", "AK", "N1 CESSNA 150; N2 172", "FATL", 3, 4]
    assert (feed["E1"]["ev_city"], feed["E1"]["registrations"]) == (None, None)
    assert (feed["E2"]["ev_city"], feed["E2"]["registrations"]) == ("NOME", "N1, N2")
    assert [(row["column_name"], row["value_before"], row["value_now"]) for row in values] == [
        ("ev_city", "NOME", None)
    ]
    assert fields == {"ev_city": False, "lchg_date": True, "geom": True}
