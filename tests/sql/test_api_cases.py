"""Cases of the Enterprise API as rows of the modern tables: the properties of the API that are easy to misread.

All cases are cast together, once: each has a key of its own, by which a test finds its rows.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from pipeline.sources import api_era
from pipeline.warehouse.quality import row_accounting
from tests.api_documents import Case, cast, example

# (ev_id, ntsb_no, ev_date) of the events in an Access file
KNOWN = (
    ("20200101X00001", "OTHER", "2020-01-01"),
    ("20200101X00002", "CEN20LA002", "2020-01-01"),
    ("20210101104724", "OLD1", "2021-01-01"),
    ("20200101104725", "OLD2", "2020-01-01"),
    ("20210101000001", "A", "2021-01-01"),
    ("20210102000002", "A", "2021-01-02"),
    ("20080101X00001", "B", "2008-01-01"),
    ("20080101X00002", "B", "2008-06-01"),
    ("20080101X00003", "C", "2008-01-01"),
)
INSERT = """
insert into typed_avall.events (ev_id, ntsb_no, ev_date, era, source_file, source_row)
values (%s, %s, %s, 'avall', 'avall', 1)
"""
CODE = """
insert into typed_avall.eadmspub_datadictionary ("table", "column", code_iaids, meaning, era, source_file, source_row)
values ('events', 'light_cond', 'BLND', 'Blinding ', 'avall', 'avall', 1)
"""
TEXT = '{"mKey" : 1,  "mKey":800, "ntsbNumber":"\\u0051X1", "isPost2008":true, "x": 1.10}'


def plain(**changes: Any) -> Case:
    """A completed case since 2008 with one aircraft, findings and a sequence of events."""

    def matches(case: Case) -> bool:
        aircraft = case["aircrafts"][0]
        is_new = case["isPost2008"] and case["completionStatus"] == "Completed"
        return is_new and len(aircraft["findings"]) > 1 and len(aircraft["events"]) > 1 and aircraft["engines"]

    return example(matches) | changes


def weather(*rows: Mapping[str, Any], **changes: Any) -> Case:
    """A case with these rows of weather."""
    case = plain(**changes)
    return case | {"weatherConditions": [case["weatherConditions"][0] | dict(row) for row in rows]}


def aircraft(change: Mapping[str, Any], **changes: Any) -> Case:
    """A case whose aircraft has other fields."""
    case = plain(**changes)
    return case | {"aircrafts": [case["aircrafts"][0] | dict(change)]}


def narrative(status: str = "Completed", **texts: str | None) -> Case:
    """A case with one narrative."""
    names = ("probableCause", "analysisNarrative", "concatenatedFactualNarrative", "prelimNarrative")
    return plain(completionStatus=status) | {
        "narratives": [{"aircraftNumber": 1} | {name: texts.get(name) for name in names}]
    }


def findings(*roles: str) -> list[Case]:
    """Findings with these roles at the end of their descriptions."""
    own = plain()["aircrafts"][0]["findings"]
    return [
        finding | {"findingDescription": f"Aircraft-x{role}", "inProbableCause": bool(role)}
        for finding, role in zip(own, roles, strict=False)
    ]


def counts(**persons: int) -> list[Case]:
    """Counts of persons, zero where none is given."""
    own = plain()["aircrafts"][0]["injuries"][0]
    return [{name: value if "umber" in name or name == "mkey" else 0 for name, value in own.items()} | persons]


def cases() -> dict[int, Case | str]:
    """{key: case}, or the text of a case."""
    damage = {"aircraftAccidents": [{"damageLevel": "Substantial", "fireType": None, "explosionType": ""}]}
    sources = [{"pilotWeatherSource": name} for name in (None, "Internet", "Flight service station", "Internet")]
    totals = counts(flightCrewNone=2, flightCrewTotal=0, passengersFatal=1, passengersTotal=1)
    utc = {"eventDate": "2010-05-24", "eventTimeUtc": "04:00:00", "eventTimeUtcOffsetHours": -8, "eventIsUtc": False}
    units = {"barometricSettingMmHg": 29.7, "temperatureF": 78.8, "dewPointF": -0.4}
    listed: dict[int, Case] = {
        100: plain(ntsbNumber="CEN20LA002"),
        104724: plain(ntsbNumber="NEW1"),
        104725: plain(ntsbNumber="NEW2"),
        2: plain(ntsbNumber="A", eventDate="2021-01-01"),
        77: plain(ntsbNumber="B", eventDate="2008-05-30"),
        101: plain(ntsbNumber="C"),
        102: plain(ntsbNumber="C"),
        200: weather({"accidentSiteCondition": "visual  (vmc)", "daylightCondition": "Purple"}),
        201: weather({"daylightCondition": "blinding"}),
        202: aircraft(damage),
        300: plain(**utc),
        301: plain(eventTimeUtc="00:05:00"),
        302: plain(eventTimeUtc="23:59:59"),
        303: plain(eventTimeUtc=""),
        304: plain(eventTimeUtc=None),
        400: weather(*sources),
        401: weather(units),
        500: aircraft({"injuries": totals}),
        600: aircraft({"findings": findings(" - C", " - F")}),
        601: aircraft({"findings": findings(" - C", " - F")[::-1]}),
        602: aircraft({"findings": findings("", "")}),
        700: narrative(analysisNarrative="Text.", concatenatedFactualNarrative="Text.", probableCause="P"),
        701: narrative(analysisNarrative="Text.", concatenatedFactualNarrative="Facts."),
        702: narrative("Ongoing", prelimNarrative="So far."),
        703: plain(completionStatus="N/A"),
        704: plain(isPost2008=False, eventDate="1999-01-01"),
        801: plain(eventCity="A\0B \ud800"),
        802: plain(eventDate=True, onboardFatal="many"),
        705: narrative("Ongoing", analysisNarrative="", prelimNarrative="So far."),
        900: aircraft({"findings": findings(" - C")}, ntsbNumber="NEWER", publishDateTime="2031-01-01T00:00:00"),
    }
    texts: dict[int, Case | str] = {
        key: {"ntsbNumber": f"N{key}"} | case | {"mKey": key, "ntsbNumber": _number(key, case)}
        for key, case in listed.items()
    }
    return texts | {800: TEXT, 1900: plain(mKey=900, ntsbNumber="OLDER", publishDateTime="2030-12-31T23:59:59")}


def _number(key: int, case: Case) -> str:
    own = plain()["ntsbNumber"]
    return f"N{key}" if case["ntsbNumber"] == own else str(case["ntsbNumber"])


@pytest.fixture(scope="module")
def cursor(shared_database: Connection) -> Iterator[Cursor]:
    """The cast cases, in a transaction that is rolled back."""
    with shared_database.cursor() as cursor:
        cursor.execute("begin; create schema typed_avall")
        for table in ("events", "eadmspub_datadictionary"):
            cursor.execute(f"create table typed_avall.{table} (like contract.{table} including defaults)")
        cursor.executemany(INSERT, KNOWN)
        cursor.execute(CODE)
        cast(cursor, cases().values(), ("avall",))
        yield cursor
        cursor.execute("rollback")


def values(cursor: Cursor, query: str, key: int | None = None) -> list[Any]:
    """Rows of a query, of the case with this key: single values where it has one column."""
    scope = "" if key is None else f" where ev_id = '{event(key)}'"
    cursor.execute("set local search_path = typed_api, public")
    select, _, order = query.partition(" order by ")
    cursor.execute(f"{select}{scope}{order and f' order by {order}'}")
    rows = cursor.fetchall()
    return [row[0] for row in rows] if rows and len(rows[0]) == 1 else rows


def event(key: int) -> str:
    """The ev_id of a case without an event in the Access file."""
    return f"API-{key:06d}"


def ids(cursor: Cursor, *numbers: str) -> list[str]:
    """The ev_id of each case with one of these NTSB numbers."""
    cursor.execute("select ev_id from typed_api.events where ntsb_no = any(%s) order by ev_id", (list(numbers),))
    return [ev_id for (ev_id,) in cursor.fetchall()]


def test_a_case_is_the_event_with_its_ntsb_number(cursor: Cursor) -> None:
    assert ids(cursor, "CEN20LA002") == ["20200101X00002"]
    cursor.execute("select count(*) from typed_api.aircraft where ev_id = '20200101X00002'")
    assert cursor.fetchone() == (1,)


def test_a_case_is_the_event_whose_id_ends_in_its_key_since_2020_09_28(cursor: Cursor) -> None:
    assert ids(cursor, "NEW1", "NEW2") == ["20210101104724", "API-104725"]


def test_of_several_events_with_a_number_the_key_then_the_date_decides(cursor: Cursor) -> None:
    assert ids(cursor, "A", "B") == ["20080101X00002", "20210102000002"]


def test_two_cases_never_become_one_event(cursor: Cursor) -> None:
    assert ids(cursor, "C") == ["20080101X00003", "API-000102"]


def test_of_two_copies_of_a_case_the_newer_one_is_the_event_with_its_rows_only(cursor: Cursor) -> None:
    assert ids(cursor, "NEWER", "OLDER") == ["API-000900"]
    assert values(cursor, "select ntsb_no from events", 900) == ["NEWER"]
    assert len(values(cursor, "select finding_no from findings", 900)) == 1
    assert len(plain()["aircrafts"][0]["findings"]) > 1
    cursor.execute(
        "select reason from typed_api.quarantine where raw ->> 'ntsb_no' = 'OLDER' and source_table = 'events'"
    )
    assert cursor.fetchall() == [("key_missing",)]


def test_an_empty_analysis_does_not_hide_a_preliminary_narrative(cursor: Cursor) -> None:
    assert values(cursor, "select narr_accp from narratives", 705) == ["So far."]


def test_texts_become_codes_and_unknown_texts_stay_and_are_counted(cursor: Cursor) -> None:
    assert values(cursor, "select wx_cond_basic, light_cond from events", 200) == [("VMC", "Purple")]
    assert values(cursor, "select damage, acft_fire, acft_expl from aircraft", 202) == [("SUBS", None, "")]
    query = "select source_table, source_column, code, uses from unknown_code"
    assert values(cursor, query) == [("events", "light_cond", "Purple", 1)]


def test_a_text_that_only_the_access_files_explain_becomes_their_code(cursor: Cursor) -> None:
    assert values(cursor, "select light_cond from events", 201) == ["BLND"]


def test_finding_and_event_codes_are_the_same_as_in_access_files(cursor: Cursor) -> None:
    own = plain()["aircrafts"][0]
    codes = values(cursor, "select finding_code from findings", 300)
    assert sorted(codes) == sorted(finding["findingCode"] for finding in own["findings"])
    codes = values(cursor, "select occurrence_code from events_sequence", 300)
    assert sorted(codes) == sorted(item["eventCode"] for item in own["events"])


def test_date_and_time_are_utc_although_the_case_says_they_are_not(cursor: Cursor) -> None:
    (row,) = values(cursor, "select ev_date::text, ev_time::text, ev_tmzn, ev_dow, ev_month from events", 300)
    assert row == ("2010-05-24", "04:00:00", "UTC", "Mo", 5)


def test_times_of_day_are_cast_to_the_minute(cursor: Cursor) -> None:
    times = [values(cursor, "select ev_time::text from events", key)[0] for key in (301, 302, 303, 304)]
    assert times == ["00:05:00", "23:59:00", None, None]


def test_weather_that_repeats_per_source_of_the_briefing_is_one_event_with_several_sources(cursor: Cursor) -> None:
    assert len(values(cursor, "select ev_id from events", 400)) == 1
    assert values(cursor, "select col_name from dt_events", 400).count("wx_brief_src") == 2


def test_units_are_those_of_the_values_not_of_the_names(cursor: Cursor) -> None:
    assert values(cursor, "select altimeter, wx_temp, wx_dew_pt from events", 401) == [(pytest.approx(29.7), 79, 0)]


def test_totals_of_persons_are_sums_not_the_fields_named_total(cursor: Cursor) -> None:
    query = "select inj_person_category, injury_level, inj_person_count from injury order by 1, 2"
    assert values(cursor, query, 500) == [
        ("Flig", "NONE", 2),
        ("Flig", "TOTL", 2),
        ("Pass", "FATL", 1),
        ("Pass", "TOTL", 1),
    ]


def test_role_of_a_finding_is_the_end_of_its_description_in_any_order(cursor: Cursor) -> None:
    query = "select finding_no, cause_factor, cm_inpc from findings order by finding_no"
    rows = values(cursor, query, 600)
    # The other case has the findings in the other order, and so the roles of the first one in the same order.
    assert rows == values(cursor, query, 601)
    assert {(role, cause) for _, role, cause in rows} == {("C", "T"), ("F", "T")}
    assert {(role, cause) for _, role, cause in values(cursor, query, 602)} == {(None, "F")}


def test_a_factual_narrative_that_repeats_the_analysis_is_not_published_twice(cursor: Cursor) -> None:
    query = "select narr_accp, narr_accf, narr_cause from narratives"
    assert values(cursor, query, 700) == [("Text.", None, "P")]
    assert values(cursor, query, 701) == [("Text.", "Facts.", None)]


def test_an_open_case_has_its_preliminary_narrative(cursor: Cursor) -> None:
    assert values(cursor, "select narr_accp from narratives", 702) == ["So far."]
    assert values(cursor, "select rec_stat from ntsb_admin", 702) == ["P"]


def test_a_case_led_by_another_country_is_not_open(cursor: Cursor) -> None:
    assert values(cursor, "select rec_stat from ntsb_admin", 703) == ["F"]


def test_a_case_before_2008_stays_a_document_in_quarantine(cursor: Cursor) -> None:
    cursor.execute("select source_table, reason from typed_api.quarantine where raw ->> 'ev_id' = %s", (event(704),))
    assert cursor.fetchall() == [("events", "old_shape")]
    position = list(cases()).index(704) + 1
    cursor.execute("select document ->> 'mKey' from raw_api.cases where source_row = %s", (position,))
    assert cursor.fetchone() == ("704",)


def test_documents_are_kept_as_they_were_received_with_their_position(cursor: Cursor) -> None:
    position = list(cases()).index(800) + 1
    cursor.execute("select document::text, month, page, position from raw_api.cases where source_row = %s", (position,))
    assert cursor.fetchone() == (TEXT, "2020-01", 1, position)
    assert values(cursor, "select ntsb_no from events", 800) == ["QX1"]


def test_a_character_that_cannot_be_stored_puts_the_event_in_quarantine(cursor: Cursor) -> None:
    cursor.execute(
        "select source_table, reason from typed_api.quarantine where raw ->> 'ev_id' = %s"
        " and source_table in ('events', 'aircraft') order by 1",
        (event(801),),
    )
    assert cursor.fetchall() == [("aircraft", "orphan"), ("events", "unreadable_cell")]


def test_a_value_of_another_type_is_lost_and_counted_not_an_error(cursor: Cursor) -> None:
    assert values(cursor, "select ev_date, inj_tot_f from events", 802) == [(None, None)]
    query = "select source_column, values_lost from cast_loss order by 1"
    assert [row for row in values(cursor, query) if row[1]] == [("ev_date", 1), ("inj_tot_f", 1)]


def test_every_row_is_cast_or_in_quarantine(cursor: Cursor) -> None:
    for name, table in api_era().tables.items():
        cursor.execute(
            f"select (select count(*) from raw_api.{table}), (select count(*) from typed_api.{table}),"
            f" (select count(*) from typed_api.quarantine where source_table = %s)",
            (name,),
        )
        loaded, typed_rows, quarantined = cursor.fetchone() or (0, 0, 0)
        assert loaded == typed_rows + quarantined, table
    cursor.execute("select count(*) from raw_api.events")
    assert cursor.fetchone() == (len(cases()),)


def test_every_path_is_in_the_column_ledger(cursor: Cursor) -> None:
    ledger = {
        (table, column): (fate, target, reason)
        for _, table, column, fate, target, reason, *_ in row_accounting.list_columns(cursor, "api", api_era())
    }
    assert ledger["cases", "mKey"][:2] == ("derived", "events.ev_id")
    assert ledger["cases", "richNarratives"] == ("raw", "raw_api.cases", "empty in every case")
    assert ledger["cases", "x"][0] == "raw"
    assert ledger["cases", "x"][2].startswith("not in the table schema")
    assert ledger["events", "ev_type"][0] == "typed"
