"""Anomalies of a release, and which of them are new, in the command and on the quality page; changes since the last."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.warehouse.quality import anomalies
from reports.shared.catalog import REPORTS
from reports.shared.data import SCHEMAS
from tests.running import Workspace
from tests.tasks.conftest import TwoReleases
from tests.tasks.test_commands import ask


def look(workspace: Workspace, code: int, *words: str) -> dict[str, dict[str, Any]]:
    """{check: finding} of the JSON output."""
    done = ask(workspace, "anomalies", "--json", *words)
    assert done.returncode == code, done.stdout + done.stderr
    return {item["check"]: item for item in json.loads(done.stdout)["findings"]}


def test_all_kinds_of_anomalies_are_checked(built: Workspace) -> None:
    actual = look(built, 1)
    assert {item["kind"] for item in actual.values()} == set(anomalies.KINDS)
    offending = dict(built.query("select check_name, offending from audit.check_result"))
    built.stop()
    assert {name: item["found"] for name, item in actual.items()} == {name: offending[name] for name in actual}
    assert actual["coordinates_in_state"]["found"] > 0 and actual["coordinates_in_state"]["rows"][0]["new"]
    text = ask(built, "anomalies").stdout
    assert "compared with nothing: no earlier release is kept" in text
    assert "anomaly  coordinate outliers: coordinates_in_state" in text and "ok       referential integrity" in text
    page = (built.store / "reports" / "html" / "quality.html").read_text()
    assert 'id="anomalies"' in page and "coordinates_in_state" in page and "jumps" in page


def test_tolerances_of_luigi_cfg_apply_to_the_command_too(built: Workspace, tmp_path: Path) -> None:
    settings = tmp_path / "settings.cfg"
    settings.write_text("[Checks]\nstate_border_km = 0\nstate_coast_km = 0\n")
    strict = replace(built, variables={**built.variables, "LUIGI_CONFIG_PATH": str(settings)})
    by_default = {row["row_key"] for row in look(built, 1)["coordinates_in_state"]["rows"]}
    without_tolerance = {row["row_key"] for row in look(strict, 1)["coordinates_in_state"]["rows"]}
    built.stop()
    assert by_default < without_tolerance


def test_new_anomalies_are_counted(two_releases: TwoReleases) -> None:
    """The two releases differ by a weekly file; then the newer one is modified."""
    workspace = two_releases.workspace
    before = look(workspace, 1)
    assert all(not row["new"] or row["row_key"] for item in before.values() for row in item["rows"])
    # An event of the weekly file, because the history has its earlier version.
    workspace.query("""
        update ntsb.events set ev_state = 'HI' where ev_id = (
            select min(ev_id) from ntsb.events
            where source_file = 'up08NOV' and ev_country = 'USA' and ev_state <> 'HI'
                and dec_latitude between 26 and 48 and dec_longitude between -120 and -75
        )
    """)
    workspace.query("delete from ntsb.events_sequence; delete from ntsb.findings")
    after = look(workspace, 1, "--new")
    assert after["coordinates_in_state"]["new"] == before["coordinates_in_state"]["new"] + 1
    assert after["required_ntsb_no"]["new"] == before["required_ntsb_no"]["new"]
    assert anomalies.EVENT_JUMPS in after


def test_lost_events_of_a_year_are_a_jump_between_releases() -> None:
    then = {("all events", 2000): 400, ("all events", 2001): 400, ("state AK 2000", 2000): 3, ("all events", 2002): 100}
    now = {("all events", 2000): 400, ("all events", 2001): 250, ("all events", 2002): 300, ("all events", 2003): 90}
    assert anomalies.find_event_jumps(then, now, "abc") == [
        ("events", "all events 2001", "250 events, 400 in release abc")
    ]


def test_lost_rows_of_a_table_are_a_jump_between_releases() -> None:
    then = {
        ("avall", "events"): 453,
        ("avall", "narratives"): 9,
        ("avall", "engines"): 400,
        ("Pre2008", "events"): 5000,
    }
    now = {("avall", "events"): 226, ("avall", "narratives"): 0, ("avall", "engines"): 330, ("Pre2008", "events"): 5900}
    actual = anomalies.find_row_jumps(then, now, "abc")
    assert actual == [
        ("events", "avall", "226 rows, 453 in release abc"),
        ("narratives", "avall", "0 rows, 9 in release abc"),
    ]


def require_changed_events(workspace: Workspace) -> None:
    """The queries of the page on changes list the changed events, and values that differ, latest event first."""
    path = f"set search_path = {', '.join(SCHEMAS)};"
    folder = REPORTS["changes"].folder / "queries"
    texts = [(folder / f"{name}.sql").read_text() for name in ("changed_events", "revised")]
    listed, revised = (workspace.query(path + text) for text in texts)
    kinds = "select kind, ev_id from history.event_version where kind <> 'source' and change = "
    expected = workspace.query(f"{kinds} (select max(number) from history.change)")
    assert {(kind, ev_id) for kind, ev_id, *_ in listed} == set(expected) and {"new", "revised"} <= {
        row[0] for row in listed
    }
    new = [row for row in listed if row[0] == "new"]
    assert all(row[3] and row[7] is not None for row in new), "date and aircraft"
    assert [row[3] for row in new] == sorted((row[3] for row in new), reverse=True)
    assert revised and all(before != now for *_, before, now in revised)
    assert {row[0] for row in revised} <= {ev_id for kind, ev_id in expected if kind == "revised"}


def test_row_counts_are_compared_with_the_previous_release(two_releases: TwoReleases) -> None:
    """Another weekly file is no jump; row counts of a damaged avall are."""
    workspace = two_releases.workspace
    assert not look(workspace, 1)[anomalies.ROW_JUMPS]["rows"]
    require_changed_events(workspace)
    workspace.query("""
        update audit.row_conservation set rows_in = case source_table when 'narratives' then 0 else rows_in / 2 end
        where (source_file, source_table) in (('avall', 'narratives'), ('avall', 'events'), ('up08NOV', 'events'))
    """)
    actual = look(workspace, 1, "--new")[anomalies.ROW_JUMPS]
    assert [(row["relation"], row["row_key"]) for row in actual["rows"]] == [
        ("events", "avall"),
        ("narratives", "avall"),
    ]
    assert actual["new"] == 2 and "0 rows, " in actual["rows"][1]["detail"]
