"""What is odd in a release is found, and what of it is new: by the command, and on the quality page."""

import json
from typing import Any

from pipeline.warehouse.quality import anomalies
from tests.running import Place
from tests.tasks.conftest import Two
from tests.tasks.test_commands import ask


def look(place: Place, code: int, *words: str) -> dict[str, dict[str, Any]]:
    """{check: finding} as JSON says it."""
    done = ask(place, "anomalies", "--json", *words)
    assert done.returncode == code, done.stdout + done.stderr
    return {each["check"]: each for each in json.loads(done.stdout)["findings"]}


def test_the_five_kinds_are_looked_at(built: Place) -> None:
    found = look(built, 1)
    assert {each["kind"] for each in found.values()} == set(anomalies.KINDS)
    offending = dict(built.ask("select check_name, offending from audit.check_result"))
    built.stop()
    assert {name: each["found"] for name, each in found.items()} == {name: offending[name] for name in found}
    assert found["coordinates_in_state"]["found"] > 0 and found["coordinates_in_state"]["rows"][0]["new"]
    text = ask(built, "anomalies").stdout
    assert "compared with nothing: no earlier release is kept" in text
    assert "odd coordinate outliers: coordinates_in_state" in text and "ok  referential integrity" in text
    page = (built.store / "reports" / "html" / "quality.html").read_text()
    assert 'id="anomalies"' in page and "coordinates_in_state" in page and "jumps" in page


def test_only_what_is_new(two: Two) -> None:
    """The two releases differ by a weekly file; then a reader's hand spoils the newer one."""
    place = two.place
    before = look(place, 1)
    assert all(not row["new"] or row["row_key"] for each in before.values() for row in each["rows"])
    # An event that the weekly file tells, so that history knows how it stood before.
    place.ask("""
        update ntsb.events set ev_state = 'HI' where ev_id = (
            select min(ev_id) from ntsb.events
            where source_file = 'up08NOV' and ev_country = 'USA' and ev_state <> 'HI'
                and dec_latitude between 26 and 48 and dec_longitude between -120 and -75
        )
    """)
    place.ask("delete from ntsb.events_sequence; delete from ntsb.findings")
    after = look(place, 1, "--new")
    assert after["coordinates_in_state"]["new"] == before["coordinates_in_state"]["new"] + 1
    assert after["required_ntsb_no"]["new"] == before["required_ntsb_no"]["new"]
    assert anomalies.EVENT_JUMPS in after


def test_a_year_that_loses_its_events_is_a_jump_between_releases() -> None:
    then = {("all events", 2000): 400, ("all events", 2001): 400, ("state AK 2000", 2000): 3, ("all events", 2002): 100}
    now = {("all events", 2000): 400, ("all events", 2001): 250, ("all events", 2002): 300, ("all events", 2003): 90}
    assert anomalies.find_event_jumps(then, now, "abc") == [
        ("events", "all events 2001", "250 events, 400 in release abc")
    ]


def test_a_table_that_is_empty_or_has_lost_half_of_its_rows_is_a_jump_between_releases() -> None:
    then = {
        ("avall", "events"): 453,
        ("avall", "narratives"): 9,
        ("avall", "engines"): 400,
        ("Pre2008", "events"): 5000,
    }
    now = {("avall", "events"): 226, ("avall", "narratives"): 0, ("avall", "engines"): 330, ("Pre2008", "events"): 5900}
    found = anomalies.find_row_jumps(then, now, "abc")
    assert found == [
        ("events", "avall", "226 rows, 453 in release abc"),
        ("narratives", "avall", "0 rows, 9 in release abc"),
    ]


def test_rows_of_tables_are_compared_with_the_release_before(two: Two) -> None:
    """A weekly file more is no jump. Then the accounts of the newer release say what those of a spoilt avall would."""
    place = two.place
    assert not look(place, 1)[anomalies.ROW_JUMPS]["rows"]
    place.ask("""
        update audit.row_conservation set rows_in = case source_table when 'narratives' then 0 else rows_in / 2 end
        where (source_file, source_table) in (('avall', 'narratives'), ('avall', 'events'), ('up08NOV', 'events'))
    """)
    found = look(place, 1, "--new")[anomalies.ROW_JUMPS]
    assert [(row["relation"], row["row_key"]) for row in found["rows"]] == [
        ("events", "avall"),
        ("narratives", "avall"),
    ]
    assert found["new"] == 2 and "0 rows, " in found["rows"][1]["detail"]
