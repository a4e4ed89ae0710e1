"""`why row` finds the source of every published value: the row in its file, the raw text, and the rule applied."""

from collections.abc import Iterator
from typing import Any

import pytest

from pipeline.cli import why
from tests.results import sha256s
from tests.running import SAMPLES, Workspace
from tests.tasks.conftest import TwoReleases
from tests.tasks.test_commands import answer, ask

FIRST_ROW = "select {key} from ntsb.{table} where source_file = 'up08NOV' order by {key} limit 1"
FLAGGED = "select key from audit.flag where flag = '{}' and source_table = '{}' order by key collate \"C\" limit 1"


@pytest.fixture(scope="module")
def workspace(built: Workspace) -> Iterator[Workspace]:
    """The built store; its server is stopped at the end, so that other tests can copy it."""
    yield built
    built.stop()


def columns(details: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {item["column"]: item for item in details["columns"]}


def test_a_row_is_traced_to_its_file(workspace: Workspace) -> None:
    query = (
        "select ev_id, aircraft_key, source_row from ntsb.aircraft where source_file = 'avall' order by 1, 2 limit 1"
    )
    ((event, key, number),) = workspace.query(query)
    details = answer(workspace, "why", "row", "ntsb.aircraft", event, str(key))
    source = details["source"]
    assert (source["file"], source["table"], source["row"]) == ("avall", "aircraft", number)
    assert source["sha256"] == sha256s(SAMPLES, "avall.zip")["avall.zip"]
    assert source["read_from"] == "raw_avall" and source["raw"]["ev_id"] == event
    actual = columns(details)
    assert actual["ev_id"] == {"column": "ev_id", "value": event, "raw": {"ev_id": event}, "rule": "unchanged"}
    assert actual["source_file"]["rule"] == "set by the pipeline"
    for item in actual.values():
        if item["rule"] == "unchanged":
            assert list(item["raw"].values()) == [item["value"]]
    every = "select count(*) from pg_attribute where attrelid = 'ntsb.aircraft'::regclass and attnum > 0"
    assert workspace.query(every) == [(len(actual),)]
    text = ask(workspace, "why", "row", "NTSB.Aircraft", event, str(key)).stdout
    assert f"from row {number} of aircraft in avall (read from raw_avall)" in text and source["sha256"] in text


def test_the_rule_that_changed_a_value_is_named(workspace: Workspace) -> None:
    ((event, text),) = workspace.query("""
        select ev_id, raw.ev_date from ntsb.events inner join raw_avall.events as raw using (ev_id)
        where source_file = 'avall' and events.ev_date is not null order by ev_id limit 1
    """)
    actual = columns(answer(workspace, "why", "row", "ntsb.events", event))
    assert actual["ev_date"]["raw"] == {"ev_date": text} and actual["ev_date"]["rule"] == "convert.to_date"
    assert actual["ev_year"]["rule"] == "derived by the database from other columns"
    assert actual["ev_year_ntsb"]["raw"].keys() == {"ev_year"}
    assert "* ev_date" in ask(workspace, "why", "row", "ntsb.events", event).stdout


def test_a_correction_is_named(workspace: Workspace) -> None:
    ((event,),) = workspace.query(FLAGGED.format("coordinates_zero", "events"))
    details = answer(workspace, "why", "row", "ntsb.events", event)
    latitude = columns(details)["dec_latitude"]
    assert latitude["value"] is None and float(latitude["raw"]["dec_latitude"]) == 0
    assert latitude["rule"] == "correction coordinates_zero"
    (flag,) = [item for item in details["flags"] if item["flag"] == "coordinates_zero"]
    assert flag["reason"]


def test_a_correction_of_1962_to_1981_is_named(workspace: Workspace) -> None:
    ((event,),) = workspace.query("""
        select ev_id from ntsb.events inner join audit.flag using (source_file, source_row)
        where flag = 'date_out_of_range' and source_table = 'tblFirstHalf' order by 1 limit 1
    """)
    actual = columns(answer(workspace, "why", "row", "ntsb.events", event))
    for name in ("ev_date", "ev_dow", "ev_month"):
        assert actual[name]["value"] is None and actual[name]["raw"].keys() == {"date_occurrence"}
        assert actual[name]["rule"].endswith("; correction date_out_of_range")
    assert "correction" not in actual["ev_id"]["rule"] + actual["ev_time"]["rule"]


def test_a_flag_of_one_era_has_its_reason(workspace: Workspace) -> None:
    ((record,),) = workspace.query(FLAGGED.format("date_out_of_range", "tblFirstHalf"))
    flagged = answer(workspace, "why", "row", "ntsb.tblfirsthalf", record)["flags"]
    (flag,) = [item for item in flagged if item["flag"] == "date_out_of_range"]
    assert flag["reason"].startswith("date outside 1962 to 1981, the years of this database")


def test_text_without_a_value_is_explained(workspace: Workspace) -> None:
    query = """
        select key, source_column from audit.flag
        where flag like '%\\_invalid' and source_table = 'events' order by key, source_column limit 1
    """
    ((event, column),) = workspace.query(query)
    details = answer(workspace, "why", "row", "ntsb.events", event)
    (value,) = [item for item in details["columns"] if column in item["raw"]]
    assert value["value"] is None and value["raw"][column].strip()
    assert value["rule"].endswith("the text cannot be cast")


def test_rows_of_1962_to_1981(workspace: Workspace) -> None:
    ((event, number),) = workspace.query(
        "select ev_id, source_row from ntsb.events where era = 'pre1982' order by 1 limit 1"
    )
    details = answer(workspace, "why", "row", "ntsb.events", event)
    assert (details["source"]["table"], details["source"]["row"]) == ("tblFirstHalf", number)
    actual = columns(details)
    assert actual["ev_type"]["raw"].keys() == {"acc_inc_class"}
    assert actual["ev_type"]["rule"] == "decoded by the file's own meaning"
    assert actual["metar"]["rule"] == "not recorded in this era"
    ((result, key),) = workspace.query(
        "select ev_id, aircraft_key from ntsb.narratives where era = 'pre1982' order by 1 limit 1"
    )
    prose = answer(workspace, "why", "row", "ntsb.narratives", result, str(key))
    assert prose["source"]["table"] == "tblSecondHalf"
    cause = columns(prose)["narr_cause"]
    assert cause["raw"] == {"cause": cause["value"]}
    ((record,),) = workspace.query("select recnum from ntsb.tblfirsthalf order by 1 limit 1")
    own = answer(workspace, "why", "row", "ntsb.tblfirsthalf", str(record))
    assert own["source"]["raw"]["recnum"] == str(record)


def test_joined_rows_of_1962_to_1981_are_shown(workspace: Workspace) -> None:
    ((event, miles, number, text),) = workspace.query("""
        select ev_id, vis_sm::text, raw.source_row, visibility from ntsb.events
        inner join raw_pre1982.tblfirsthalf as half using (source_row)
        inner join raw_pre1982.tblsecondhalf as raw on half.recnum = raw.recnum
        where source_file = 'PRE1982' and vis_sm is not null order by 1 limit 1
    """)
    details = answer(workspace, "why", "row", "ntsb.events", event)
    (half,) = details["halves"]
    assert (half["table"], half["row"], half["raw"]["visibility"]) == ("tblSecondHalf", number, text)
    actual = columns(details)
    assert actual["vis_sm"]["raw"] == {"tblSecondHalf.visibility": text} and actual["vis_sm"]["value"] == miles
    assert actual["sky_cond_ceil"]["raw"].keys() == {"tblSecondHalf.sky_condition", "tblSecondHalf.ceiling"}
    shown = ask(workspace, "why", "row", "ntsb.events", event).stdout
    assert f"and from row {number} of tblSecondHalf, which has the same RecNum" in shown
    assert f"from tblSecondHalf.visibility '{text}': statute miles" in shown
    first = answer(workspace, "why", "row", "ntsb.aircraft", event, "1")
    assert "tblSecondHalf.aircraft_tot_time" in columns(first)["afm_hrs"]["raw"]
    assert columns(first)["ev_id"]["rule"] == "set by pre1982/aircraft.sql"


def test_merged_rows_of_a_collision_are_named(workspace: Workspace) -> None:
    ((event, first, second),) = workspace.query("""
        select ev_id, one.source_row, two.source_row from ntsb.aircraft as one
        inner join ntsb.aircraft as two using (ev_id, source_file)
        where source_file = 'PRE1982' and one.aircraft_key = 1 and two.aircraft_key = 2 order by 1 limit 1
    """)
    assert answer(workspace, "why", "row", "ntsb.events", event)["merged"] == [second]
    shown = ask(workspace, "why", "row", "ntsb.events", event).stdout
    assert f"include row {second}: the texts below are of row {first}" in shown
    assert answer(workspace, "why", "row", "ntsb.aircraft", event, "2")["merged"] == []


def test_rows_of_every_table_are_explained(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first row of each table and era, whatever columns its key has."""
    monkeypatch.setenv("NTSB_STORE", str(workspace.store))
    for table, key in workspace.query("select table_name, key_columns from mart.get_duplicate_stats()"):
        values = workspace.query(f"select distinct on (era) {key} from ntsb.{table} order by era, {key}")
        for row in values:
            details = why.explain_row([f"ntsb.{table}", *map(str, row)])
            assert details["source"] and details["columns"], (table, row)


def test_rows_that_are_not_published(workspace: Workspace) -> None:
    query = """
        select raw ->> 'ev_id', raw ->> 'aircraft_key' from audit.quarantine
        where lower(source_table) = 'aircraft' and reason like 'orphan%' order by source_file, source_row limit 1
    """
    ((event, key),) = workspace.query(query)
    done = ask(workspace, "why", "row", "ntsb.aircraft", event, key)
    assert done.returncode == 1
    assert "not published\nin quarantine with this key: row" in done.stdout and "orphan" in done.stdout
    for words, assert_failed in (
        ((), "why row: expected a table and the values of its key"),
        (("ntsb.aircrafts", "x"), "table: expected one of aircraft, country"),
        (("aircraft", event), f"aircraft: expected the values of its key (ev_id aircraft_key), found {event}"),
    ):
        done = ask(workspace, "why", "row", *words)
        assert done.returncode == 1 and done.stderr.startswith(assert_failed), done.stderr


@pytest.mark.parametrize("table", ["events", "aircraft", "tblfirsthalf"])
def test_a_wrong_key_is_an_error_that_names_the_nearest_ones(workspace: Workspace, table: str) -> None:
    ((columns,),) = workspace.query(f"select key_columns from mart.get_duplicate_stats() where table_name = '{table}'")
    key = [str(value) for value in workspace.query(f"select {columns} from ntsb.{table} order by {columns} limit 1")[0]]
    for wrong in ([f"{key[0]}x", *key[1:]], [*key[:-1], "999999"], [key[0].lower(), *(["x"] * len(key[1:]))]):
        done = ask(workspace, "why", "row", table.upper(), *wrong)
        if wrong == key:
            continue
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith(f"why row: expected the key of a published or quarantined row of ntsb.{table}, ")
        nearest = done.stderr.partition("the nearest keys are: ")[2].strip().split(", ")
        assert answer(workspace, "why", "row", table, *nearest[0].split())["source"]


def test_the_archived_zip_gives_the_same_explanation(two_releases: TwoReleases) -> None:
    """After the raw schema is dropped; empty text and NULL stay distinct."""
    workspace = two_releases.workspace
    asked = [
        (
            table,
            *workspace.query(f"select {key} from ntsb.{table} where source_file = 'up08NOV' order by {key} limit 1"),
        )
        for table, key in workspace.query("select table_name, key_columns from mart.get_duplicate_stats()")
        if table in ("events", "aircraft", "narratives", "findings")
    ]
    before = {table: answer(workspace, "why", "row", table, *map(str, row)) for table, row in asked}
    workspace.query("drop schema raw_up08nov cascade")
    for path in (workspace.targets / "access").glob("*/up08nov.mdb"):
        path.unlink()
    for table, row in asked:
        details = answer(workspace, "why", "row", table, *map(str, row))
        assert details["source"].pop("read_from") == "the archived file"
        assert before[table]["source"].pop("read_from") == "raw_up08nov"
        assert details == before[table]
