"""Cases of the Enterprise API in a complete run: alone, and together with the Access files of the same events."""

import json
import re
from collections.abc import Iterator

import pytest

from pipeline.sources import api_era
from tests.api_documents import Case, sample_cases, write_months
from tests.running import SAMPLES, Workspace
from tests.tasks.conftest import API_MONTHS

MONTHS = [*API_MONTHS, *(f"2025-{month:02d}" for month in range(1, 13, 2))]


# After the last change in the samples.
NEWER = {"publishDateTime": "2025-11-08T00:00:00"}
REVISION = NEWER | {"eventCity": "Elsewhere"}


def newer_cases() -> list[Case]:
    """Two cases that are newer than their events in the Access files; the first differs in its city too."""
    first, second, *_ = (case for case in sample_cases() if case["eventDate"][:7] in MONTHS)
    return [first | REVISION, second | NEWER]


@pytest.fixture(scope="module")
def combined(earlier: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A release of the Access files, then one with two years of the API too, two cases of which are newer."""
    sources = tmp_path_factory.mktemp("files and months")
    for path in SAMPLES.glob("*.zip"):
        (sources / path.name).write_bytes(path.read_bytes())
    newer = {case["mKey"]: case for case in newer_cases()}
    write_months(sources, [newer.get(case["mKey"], case) for case in sample_cases()], MONTHS)
    workspace = earlier.copied(tmp_path_factory.mktemp("combined") / "store", sources=str(sources))
    assert workspace.run("CreateSnapshot").code == 0
    result = workspace.run("PublishRelease", "--snapshot", workspace.snapshot())
    assert result.code == 0, result.text[-3000:]
    yield workspace
    workspace.stop()


def command(workspace: Workspace, *words: str) -> str:
    """The output of a command of `python -m pipeline`, which succeeds."""
    completed = workspace.command(*words)
    assert completed.returncode == 0, completed.stderr
    return completed.stdout


def months_of_snapshot(workspace: Workspace) -> list[str]:
    """The months in the list of the current snapshot."""
    path = workspace.targets / "snapshots" / f"{workspace.snapshot()}.json"
    (listed,) = [file["months"] for file in json.loads(path.read_text())["files"] if file["source"] == api_era().file]
    return [month for month, _ in listed]


def test_all_months_are_one_file_of_the_snapshot(combined: Workspace) -> None:
    assert months_of_snapshot(combined) == sorted(MONTHS)


def test_access_file_and_api_agree_except_for_declared_differences(combined: Workspace) -> None:
    query = "select sum(compared), sum(undeclared), count(*) filter (where declared > 0) from audit.source_parity"
    ((compared, undeclared, declared),) = combined.query(query)
    assert compared > 1000
    assert undeclared == 0
    assert declared > 10
    cores = ("events.ev_highest_injury", "injury.inj_person_count", "findings.finding_code", "narratives.narr_cause")
    cores += ("narratives.narr_accp", "narratives.narr_accf", "events_sequence.occurrence_code", "flight_crew.crew_age")
    cores += ("aircraft.damage", "aircraft.acft_make", "events.ev_date", "events.ev_time", "events.wx_cond_basic")
    names = ", ".join(f"'{name}'" for name in cores)
    differing = combined.query(
        f"select table_name, column_name from audit.source_parity where equal < compared"
        f" and table_name || '.' || column_name in ({names})"
    )
    assert differing == []


def test_parity_is_printed(combined: Workspace) -> None:
    lines = command(combined, "parity").splitlines()
    assert re.search(r"^column +compared +equal +declared +undeclared$", "\n".join(lines), re.MULTILINE)
    assert re.search(r"^\d+ of \d+ columns are equal, 0 have undeclared differences\.$", lines[-1])


def test_every_case_is_an_event_of_the_access_files(combined: Workspace) -> None:
    assert combined.query("select count(*) from typed_api.events where ev_id like 'API-%'") == [(0,)]


def test_the_newest_edition_is_published_with_its_rows_and_a_change_of_source_alone_is_no_revision(
    combined: Workspace,
) -> None:
    query = "select ntsb_no, ev_city, kind from ntsb.events inner join history.event_version using (ev_id)"
    expected = [
        (case["ntsbNumber"], case["eventCity"], kind)
        for case, kind in zip(newer_cases(), ("revised", "source"), strict=True)
    ]
    assert sorted(combined.query(f"{query} where events.era = 'api'")) == sorted(expected)
    assert combined.query("select count(distinct ev_id) from ntsb.aircraft where era = 'api'") == [(2,)]


def test_of_equal_editions_the_access_file_is_published(combined: Workspace) -> None:
    kinds = combined.query("select kind, events, events_published from audit.source_edition where kind = 'api'")
    ((_, events, published),) = kinds
    assert events == sum(case["eventDate"][:7] in MONTHS for case in sample_cases())
    assert published == 2 < events


def test_every_row_of_every_table_is_accounted_for(combined: Workspace) -> None:
    rows = combined.query(
        "select source_table, rows_in, rows_published + rows_quarantined + rows_superseded"
        " from audit.row_conservation where source_file = 'api'"
    )
    assert {table for table, *_ in rows} == set(api_era().tables)
    assert [table for table, rows_in, accounted in rows if rows_in != accounted] == []


def test_every_path_is_in_the_column_ledger(combined: Workspace) -> None:
    query = "select source_column, fate from audit.column_ledger where source_table = 'cases'"
    fates = dict(combined.query(query))
    assert {"mKey", "aircrafts[].engines[].engineType", "weatherConditions[].pilotWeatherSource"} <= set(fates)
    assert set(fates.values()) == {"derived", "raw"}


def test_why_row_leads_to_the_document(built_from_api: Workspace) -> None:
    ((ev_id, number),) = built_from_api.query("select ev_id, ntsb_no from ntsb.events order by ev_id limit 1")
    text = command(built_from_api, "why", "row", "ntsb.aircraft", ev_id, "1")
    assert re.search(r"^made from case \d+, position \d+ of page 1 of 201\d-\d\d: ", text, re.MULTILINE)
    assert "aircrafts[].aircraftAccidents[].damageLevel: its code in texts/*.csv" in text
    explanation = json.loads(command(built_from_api, "why", "row", "ntsb.events", ev_id, "--json"))
    (case,) = explanation["halves"]
    assert json.loads(case["raw"]["document"])["ntsbNumber"] == number


def test_months_alone_are_a_release(built_from_api: Workspace) -> None:
    count = sum(case["eventDate"][:7] in API_MONTHS for case in sample_cases())
    assert built_from_api.query("select era, count(*) from ntsb.events group by era") == [("api", count)]
    assert built_from_api.query("select count(*) from mart.event_summary") == [(count,)]
    assert built_from_api.query("select count(*) from ntsb.events where ev_id !~ '^API-[0-9]{6,}$'") == [(0,)]
