"""What is odd in a release is found, and what of it is new: by the command, and on the quality page."""

import json
from typing import Any

from pipeline.relations import anomalies
from tests.running import Place
from tests.steps.conftest import Two
from tests.steps.test_commands import ask


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
    assert anomalies.BETWEEN in after


def test_a_year_that_loses_its_events_is_a_jump_between_releases() -> None:
    then = {("all events", 2000): 400, ("all events", 2001): 400, ("state AK 2000", 2000): 3, ("all events", 2002): 100}
    now = {("all events", 2000): 400, ("all events", 2001): 250, ("all events", 2002): 300, ("all events", 2003): 90}
    assert anomalies.jumps(then, now, "abc") == [("events", "all events 2001", "250 events, 400 in release abc")]
