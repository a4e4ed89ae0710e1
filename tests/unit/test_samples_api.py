"""The samples as cases of the API: every property of the API that a reader can misinterpret occurs in them."""

import json
import zipfile
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from samples import api, api_archive, make
from samples.api_texts import sample_texts, text_of

Case = dict[str, Any]


@cache
def files() -> tuple[api.Tables, api.Tables]:
    """The rows of avall and of the weekly file."""
    avall, _, weekly, _ = make.modern_files(make.SAMPLES)
    return avall, weekly


@cache
def cases() -> list[Case]:
    return api.cases(api.newest(*files()))


def aircraft() -> list[Case]:
    return [row for case in cases() for row in case["aircrafts"]]


def test_every_event_with_a_date_is_a_case_with_a_key_of_its_own_and_without_ev_id() -> None:
    avall, weekly = files()
    rows = {row["ev_id"]: row for row in [*avall["events"], *weekly["events"]]}
    assert len(cases()) == sum(row["ev_date"] is not None for row in rows.values())
    assert {case["mKey"] for case in cases()} == {api.mkey_of(ev_id) for ev_id, row in rows.items() if row["ev_date"]}
    assert len({api.mkey_of(ev_id) for ev_id in rows}) == len(rows)
    assert "ev_id" not in json.dumps(cases())


def test_mkey_is_the_end_of_the_id_since_2020() -> None:
    assert api.mkey_of("20210315102345") == 102345
    assert api.mkey_of("20080507X50321") > 10**6


def test_a_revised_event_has_the_state_of_the_weekly_file() -> None:
    _, weekly = files()
    changed = {api.mkey_of(row["ev_id"]): row["lchg_date"] for row in weekly["events"]}
    published = {case["mKey"]: case["publishDateTime"] for case in cases()}
    assert changed
    for key, date in changed.items():
        assert published[key] == date.isoformat(timespec="seconds")


def test_codes_are_texts_with_the_words_of_the_api() -> None:
    assert sample_texts("events", "wx_cond_basic", "VMC") == "Visual (VMC)"
    assert sample_texts("aircraft", "damage", "SUBS") == "Substantial"
    assert sample_texts("aircraft", "damage", "XXXX") == "XXXX"
    assert text_of({("aircraft", "damage", "SUBS"): "Other"}, "aircraft", "damage", "SUBS") == "Other"
    assert {row["aircraftAccidents"][0]["damageLevel"] for row in aircraft()} >= {"Substantial", "Destroyed", None}


def test_weather_is_repeated_per_source_of_the_briefing() -> None:
    repeated = [case["weatherConditions"] for case in cases() if len(case["weatherConditions"]) > 1]
    assert repeated
    for rows in repeated:
        assert len({row["pilotWeatherSource"] for row in rows}) == len(rows)
        assert len({json.dumps(row | {"pilotWeatherSource": None}) for row in rows}) == 1


def test_the_date_is_in_utc_although_event_is_utc_is_false() -> None:
    assert not any(case["eventIsUtc"] for case in cases())
    local_days = [
        case
        for case in cases()
        if case["eventTimeUtc"] and int(case["eventTimeUtc"][:2]) + case["eventTimeUtcOffsetHours"] < 0
    ]
    assert local_days


def test_totals_of_injuries_count_injured_persons_only() -> None:
    uninjured = [row for row in aircraft() if row["flightCrewNone"] and not row["totalFatal"] + row["totalSerious"]]
    assert uninjured
    assert all(row["injuries"][0]["flightCrewTotal"] == row["flightCrewMinor"] for row in uninjured)


def test_findings_and_events_are_unsorted_and_factors_are_in_the_probable_cause() -> None:
    for name, number in (("findings", "findingNumber"), ("events", "sequenceNumber")):
        orders = [[item[number] for item in row[name]] for row in aircraft()]
        assert any(order != sorted(order) for order in orders), name
    findings = [finding for row in aircraft() for finding in row["findings"]]
    factors = [finding for finding in findings if (finding["findingDescription"] or "").endswith(" - F")]
    assert factors
    assert all(finding["inProbableCause"] for finding in factors)


def test_narratives_depend_on_the_state_of_the_case() -> None:
    narratives = [(case["completionStatus"], row) for case in cases() for row in case["narratives"]]
    assert {status for status, _ in narratives} == {"Completed", "Ongoing", "N/A"}
    for status, row in narratives:
        assert (row["prelimNarrative"] is None) or status == "Ongoing"
        assert (row["analysisNarrative"] is None) or status != "Ongoing"
    assert any(row["concatenatedFactualNarrative"] == row["analysisNarrative"] for _, row in narratives)


def test_an_impossible_time_is_null() -> None:
    event = {"ev_id": "20210315102345", "ev_date": datetime(2021, 3, 15), "ev_time": 2561}
    assert api.case_of(event, {}, sample_texts)["eventTimeUtc"] is None


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_pages_of_any_size_have_the_same_cases(size: int) -> None:
    month = "2025-10"
    contents = [json.loads(body) for body in api_archive.pages(cases(), month, size)]
    expected = [case for case in cases() if case["eventDate"].startswith(month)]
    assert [case for content in contents for case in content["data"]] == expected
    assert [content["hasMore"] for content in contents] == [True] * (len(contents) - 1) + [False]
    assert len(contents) == -(-len(expected) // size)


def test_an_archive_says_its_month_and_equal_pages_give_equal_bytes(tmp_path: Path) -> None:
    first = api_archive.write_archive(tmp_path / "a", cases(), "2025-08", "2025-12", 2)
    second = api_archive.write_archive(tmp_path / "b", cases(), "2025-08", "2025-12", 2)
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    for path, month in zip(first, api_archive.months("2025-08", "2025-12"), strict=True):
        with zipfile.ZipFile(path) as archive:
            assert archive.comment.decode() == f"ntsb-api-month {month}"
            assert [archive.read(name) for name in archive.namelist()] == api_archive.pages(cases(), month, 2)
    with zipfile.ZipFile(first[-1]) as archive:
        assert archive.namelist() == []
