"""Every published value leads back to its file: the row in it, the text there, and the rule between them."""

from collections.abc import Iterator
from typing import Any

import pytest

from pipeline.cli import why
from tests.results import sha256s
from tests.running import SAMPLES, Place
from tests.tasks.conftest import Two
from tests.tasks.test_commands import answer, ask

FLAGGED = "select key from audit.flag where flag = '{}' and source_table = '{}' order by key collate \"C\" limit 1"


@pytest.fixture(scope="module")
def place(built: Place) -> Iterator[Place]:
    """The built store, stopped again at the end, so that others can copy it."""
    yield built
    built.stop()


def columns(facts: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["column"]: each for each in facts["columns"]}


def test_a_row_leads_back_to_its_file(place: Place) -> None:
    query = (
        "select ev_id, aircraft_key, source_row from ntsb.aircraft where source_file = 'avall' order by 1, 2 limit 1"
    )
    ((event, key, number),) = place.ask(query)
    facts = answer(place, "why", "row", "ntsb.aircraft", event, str(key))
    source = facts["source"]
    assert (source["file"], source["table"], source["row"]) == ("avall", "aircraft", number)
    assert source["sha256"] == sha256s(SAMPLES, "avall.zip")["avall.zip"]
    assert source["read_from"] == "raw_avall" and source["raw"]["ev_id"] == event
    found = columns(facts)
    assert found["ev_id"] == {"column": "ev_id", "value": event, "raw": {"ev_id": event}, "rule": "unchanged"}
    assert found["source_file"]["rule"] == "set by the pipeline"
    for each in found.values():
        if each["rule"] == "unchanged":
            assert list(each["raw"].values()) == [each["value"]]
    every = "select count(*) from pg_attribute where attrelid = 'ntsb.aircraft'::regclass and attnum > 0"
    assert place.ask(every) == [(len(found),)]
    text = ask(place, "why", "row", "NTSB.Aircraft", event, str(key)).stdout
    assert f"from row {number} of aircraft in avall (read from raw_avall)" in text and source["sha256"] in text


def test_a_rule_is_named_where_it_changed_a_value(place: Place) -> None:
    ((event, text),) = place.ask("""
        select ev_id, raw.ev_date from ntsb.events inner join raw_avall.events as raw using (ev_id)
        where source_file = 'avall' and events.ev_date is not null order by ev_id limit 1
    """)
    found = columns(answer(place, "why", "row", "ntsb.events", event))
    assert found["ev_date"]["raw"] == {"ev_date": text} and found["ev_date"]["rule"] == "convert.to_date"
    assert found["ev_year"]["rule"] == "derived by the database from other columns"
    assert found["ev_year_ntsb"]["raw"].keys() == {"ev_year"}
    assert "* ev_date" in ask(place, "why", "row", "ntsb.events", event).stdout


def test_a_correction_is_named(place: Place) -> None:
    ((event,),) = place.ask(FLAGGED.format("coordinates_zero", "events"))
    facts = answer(place, "why", "row", "ntsb.events", event)
    latitude = columns(facts)["dec_latitude"]
    assert latitude["value"] is None and float(latitude["raw"]["dec_latitude"]) == 0
    assert latitude["rule"] == "correction coordinates_zero"
    (flag,) = [each for each in facts["flags"] if each["flag"] == "coordinates_zero"]
    assert flag["reason"]


def test_a_correction_of_1962_to_1981_is_named(place: Place) -> None:
    ((event,),) = place.ask("""
        select ev_id from ntsb.events inner join audit.flag using (source_file, source_row)
        where flag = 'date_out_of_range' and source_table = 'tblFirstHalf' order by 1 limit 1
    """)
    found = columns(answer(place, "why", "row", "ntsb.events", event))
    for name in ("ev_date", "ev_dow", "ev_month"):
        assert found[name]["value"] is None and found[name]["raw"].keys() == {"date_occurrence"}
        assert found[name]["rule"].endswith("; correction date_out_of_range")
    assert "correction" not in found["ev_id"]["rule"] + found["ev_time"]["rule"]


def test_a_flag_of_one_era_says_its_reason(place: Place) -> None:
    ((record,),) = place.ask(FLAGGED.format("date_out_of_range", "tblFirstHalf"))
    flagged = answer(place, "why", "row", "ntsb.tblfirsthalf", record)["flags"]
    (flag,) = [each for each in flagged if each["flag"] == "date_out_of_range"]
    assert flag["reason"].startswith("not in 1962 to 1981, the years of this database")


def test_text_without_a_value_says_so(place: Place) -> None:
    query = """
        select key, source_column from audit.flag
        where flag like '%\\_invalid' and source_table = 'events' order by key, source_column limit 1
    """
    ((event, column),) = place.ask(query)
    facts = answer(place, "why", "row", "ntsb.events", event)
    (value,) = [each for each in facts["columns"] if column in each["raw"]]
    assert value["value"] is None and value["raw"][column].strip()
    assert value["rule"].endswith("the text cannot be cast")


def test_rows_of_1962_to_1981(place: Place) -> None:
    ((event, number),) = place.ask("select ev_id, source_row from ntsb.events where era = 'pre1982' order by 1 limit 1")
    facts = answer(place, "why", "row", "ntsb.events", event)
    assert (facts["source"]["table"], facts["source"]["row"]) == ("tblFirstHalf", number)
    found = columns(facts)
    assert found["ev_type"]["raw"].keys() == {"acc_inc_class"}
    assert found["ev_type"]["rule"] == "decoded by the file's own meaning"
    assert found["metar"]["rule"] == "not recorded in this era"
    ((told, key),) = place.ask(
        "select ev_id, aircraft_key from ntsb.narratives where era = 'pre1982' order by 1 limit 1"
    )
    prose = answer(place, "why", "row", "ntsb.narratives", told, str(key))
    assert prose["source"]["table"] == "tblSecondHalf"
    cause = columns(prose)["narr_cause"]
    assert cause["raw"] == {"cause": cause["value"]}
    ((record,),) = place.ask("select recnum from ntsb.tblfirsthalf order by 1 limit 1")
    own = answer(place, "why", "row", "ntsb.tblfirsthalf", str(record))
    assert own["source"]["raw"]["recnum"] == str(record)


def test_the_second_half_of_a_record_of_1962_to_1981_is_shown(place: Place) -> None:
    ((event, miles, number, text),) = place.ask("""
        select ev_id, vis_sm::text, raw.source_row, visibility from ntsb.events
        inner join raw_pre1982.tblfirsthalf as half using (source_row)
        inner join raw_pre1982.tblsecondhalf as raw on half.recnum = raw.recnum
        where source_file = 'PRE1982' and vis_sm is not null order by 1 limit 1
    """)
    facts = answer(place, "why", "row", "ntsb.events", event)
    (half,) = facts["halves"]
    assert (half["table"], half["row"], half["raw"]["visibility"]) == ("tblSecondHalf", number, text)
    found = columns(facts)
    assert found["vis_sm"]["raw"] == {"tblSecondHalf.visibility": text} and found["vis_sm"]["value"] == miles
    assert found["sky_cond_ceil"]["raw"].keys() == {"tblSecondHalf.sky_condition", "tblSecondHalf.ceiling"}
    shown = ask(place, "why", "row", "ntsb.events", event).stdout
    assert f"and from row {number} of tblSecondHalf, which has the same RecNum" in shown
    assert f"from tblSecondHalf.visibility '{text}': statute miles" in shown
    first = answer(place, "why", "row", "ntsb.aircraft", event, "1")
    assert "tblSecondHalf.aircraft_tot_time" in columns(first)["afm_hrs"]["raw"]
    assert columns(first)["ev_id"]["rule"] == "set by pre1982/aircraft.sql"


def test_the_further_rows_of_a_collision_are_named(place: Place) -> None:
    ((event, first, second),) = place.ask("""
        select ev_id, one.source_row, two.source_row from ntsb.aircraft as one
        inner join ntsb.aircraft as two using (ev_id, source_file)
        where source_file = 'PRE1982' and one.aircraft_key = 1 and two.aircraft_key = 2 order by 1 limit 1
    """)
    assert answer(place, "why", "row", "ntsb.events", event)["merged"] == [second]
    shown = ask(place, "why", "row", "ntsb.events", event).stdout
    assert f"are of row {second} too: the texts below are of row {first}" in shown
    assert answer(place, "why", "row", "ntsb.aircraft", event, "2")["merged"] == []


def test_every_table_can_be_asked(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first row of each, in each era: whatever its key is made of."""
    monkeypatch.setenv("NTSB_STORE", str(place.store))
    for table, key in place.ask("select table_name, key_columns from mart.get_duplicate_stats()"):
        values = place.ask(f"select distinct on (era) {key} from ntsb.{table} order by era, {key}")
        for row in values:
            facts = why.explain_row([f"ntsb.{table}", *map(str, row)])
            assert facts["source"] and facts["columns"], (table, row)


def test_what_is_not_published(place: Place) -> None:
    query = """
        select raw ->> 'ev_id', raw ->> 'aircraft_key' from audit.quarantine
        where lower(source_table) = 'aircraft' and reason like 'orphan%' order by source_file, source_row limit 1
    """
    ((event, key),) = place.ask(query)
    done = ask(place, "why", "row", "ntsb.aircraft", event, key)
    assert done.returncode == 1
    assert "not published\nin quarantine with this key: row" in done.stdout and "orphan" in done.stdout
    for words, sentence in (
        ((), "why row: expected a table and the values of its key"),
        (("ntsb.aircrafts", "x"), "aircrafts: expected one of aircraft, country"),
        (("aircraft", event), f"aircraft: expected the values of its key (ev_id aircraft_key), found {event}"),
    ):
        done = ask(place, "why", "row", *words)
        assert done.returncode == 1 and done.stderr.startswith(sentence), done.stderr


def test_the_archived_file_says_the_same(two: Two) -> None:
    """For every table of a file whose raw schema is gone; empty text and no text stay two things."""
    place = two.place
    asked = [
        (table, *place.ask(f"select {key} from ntsb.{table} where source_file = 'up08NOV' order by {key} limit 1"))
        for table, key in place.ask("select table_name, key_columns from mart.get_duplicate_stats()")
        if table in ("events", "aircraft", "narratives", "findings")
    ]
    before = {table: answer(place, "why", "row", table, *map(str, row)) for table, row in asked}
    place.ask("drop schema raw_up08nov cascade")
    for path in (place.targets / "access").glob("*/up08nov.mdb"):
        path.unlink()
    for table, row in asked:
        facts = answer(place, "why", "row", table, *map(str, row))
        assert facts["source"].pop("read_from") == "the archived file"
        assert before[table]["source"].pop("read_from") == "raw_up08nov"
        assert facts == before[table]
