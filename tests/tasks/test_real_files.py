"""A release of NTSB's files: events are found offline as typed, and all numbers are recomputed.

    python -m pytest -m real tests/tasks/test_real_files.py

Building it takes minutes. NTSB_REAL_STORE names a store that has been built from the same files, to save them.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import Browser

from models.severity.data.population import study_parts
from models.severity.evaluation.bootstrap import FATAL
from models.severity.scoring import load_scorer
from tests.architecture.tree import REPOSITORY
from tests.browser.conftest import OpenedPage
from tests.browser.conftest import chromium as chromium
from tests.browser.page_checks import OVERLAPS, broken_links, longest_task
from tests.browser.test_event_pages import SHOWN, search
from tests.running import Workspace
from tests.tasks import test_aircraft_types as aircraft_types
from tests.tasks import test_numbers_from_parquet as headline_numbers
from tests.tasks import test_printed_queries as printed_queries
from tests.tasks import test_tables_from_parquet as tables

FILES = Path(__file__).resolve().parents[3] / "shared" / "data" / "real"
pytestmark = [
    pytest.mark.real,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(
        not FILES.is_dir(), reason="needs NTSB's files in ../shared/data/real, which are not part of the project"
    ),
]
# Events with one aircraft, whose registration no other event has.
EVENTS = """
    select ev_id, events.ntsb_no, events.ev_date::text, events.ev_city, summary.total_deaths, aircraft.regis_no,
        aircraft.acft_make, aircraft.acft_model, narratives.narr_cause
    from ntsb.events
    inner join mart.event_summary as summary using (ev_id)
    inner join ntsb.aircraft using (ev_id)
    left join ntsb.narratives using (ev_id, aircraft_key)
    where summary.aircraft_count = 1 and events.ev_date >= '2011-01-01'
        and aircraft.regis_no ~ '^N[0-9]{2,5}[A-Z]{0,2} *$'
        and (select count(*) from ntsb.aircraft as other where btrim(other.regis_no) = btrim(aircraft.regis_no)) = 1
    order by narratives.narr_cause is null, md5(ev_id) limit 5
"""
COLUMNS = ("ev_id", "ntsb_no", "ev_date", "ev_city", "total_deaths", "regis_no", "acft_make", "acft_model")


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A complete build of NTSB's files."""
    store = os.environ.get("NTSB_REAL_STORE")
    workspace = Workspace(Path(store or tmp_path_factory.mktemp("real") / "store"), REPOSITORY, str(FILES))
    if not store:
        result = workspace.run()
        assert result.code == 0, result.text[-3000:]
    yield workspace
    workspace.stop()


@pytest.fixture
def opened(chromium: Browser) -> Iterator[OpenedPage]:
    context = chromium.new_context(offline=True)
    yield OpenedPage(context.new_page())
    context.close()


def shown(opened: OpenedPage) -> dict[str, str]:
    """{column: value} of the event and the aircraft on the page of an event."""
    script = "nodes => nodes.map((node) => [node.dataset.column, node.querySelector('dd').textContent])"
    return dict(opened.page.eval_on_selector_all("[data-column]", script))


def test_a_registration_as_typed_leads_to_a_page_that_equals_its_rows(real: Workspace, opened: OpenedPage) -> None:
    html = real.store / "reports" / "html"
    events = real.query(EVENTS)
    assert len(events) == 5
    for *values, cause in events:
        row = dict(zip(COLUMNS, values, strict=True))
        opened.page.goto((html / "search.html").as_uri())
        links = search(opened, str(row["regis_no"]).strip().lower())
        assert [link.partition("/")[0] for link in links] == [row["ev_id"]]
        opened.page.focus("#results a")
        with opened.page.expect_navigation():
            opened.page.keyboard.press("Enter")
        opened.wait_until(SHOWN)
        page = shown(opened)
        for column, value in row.items():
            if value is not None and column in page:
                assert page[column].strip() == str(value).strip(), (row["ev_id"], column)
        assert {"ntsb_no", "ev_date", "regis_no", "acft_make"} <= set(page)
        if cause:
            assert " ".join(cause.split()) in " ".join(opened.page.inner_text("#narrative-content").split())
    assert opened.messages == [] and opened.network_requests() == []


@pytest.mark.parametrize("name", [aircraft_types.FIRST, aircraft_types.SECOND])
def test_comparing_two_types_equals_sql(real: Workspace, name: str) -> None:
    types = aircraft_types.read_types(real)
    aircraft_types.test_counts_of_two_compared_types_equal_sql(real, types, name)
    for topic in aircraft_types.TOPICS:
        aircraft_types.test_values_of_two_compared_types_equal_sql(real, types, name, topic)


def test_every_printed_query_runs_and_gives_the_printed_number(real: Workspace) -> None:
    printed_queries.test_every_printed_query_runs_as_printed(real, real.url())
    printed_queries.test_every_number_is_what_its_printed_query_returns(real, real.url())


def test_numbers_are_those_of_the_parquet_files(real: Workspace) -> None:
    events = headline_numbers.read_events(real)
    for page in ("index", "safety"):
        headline_numbers.test_numbers_of_the_page_are_those_of_the_parquet_file(real, events, page)
    headline_numbers.test_every_year_of_the_release_is_that_of_the_parquet_file(real, events)
    release = tables.Release(real.store, real.targets)
    for topic in tables.GROUPS:
        tables.test_injuries_by_group_are_those_of_the_parquet_file(release, topic)
    for arguments in tables.HARMONIZED:
        tables.test_harmonized_values_are_the_mapped_codes_of_the_parquet_file(release, *arguments)
    for flag in tables.FLAGS:
        tables.test_flagged_values_are_those_of_the_parquet_file(release, flag)
    checks: list[Any] = [
        tables.test_states_are_those_of_the_parquet_file,
        tables.test_counts_of_the_same_files_are_those_of_the_parquet_file,
        tables.test_general_aviation_is_that_of_the_parquet_files,
        tables.test_counts_and_rates_of_general_aviation_are_those_of_the_parquet_files,
        tables.test_published_rows_of_each_file_are_those_of_the_parquet_files,
        tables.test_every_fill_rate_is_that_of_the_parquet_files,
        tables.test_the_confusion_matrix_is_that_of_the_predictions,
    ]
    for check in checks:
        check(release)


def test_weather_that_is_not_published_yet_does_not_look_like_a_fatal_accident(real: Workspace) -> None:
    """Trained on closed cases only, a model doubles the mean predicted share of fatal accidents without weather."""
    scorer = load_scorer(real.targets / "studies" / "severity")
    events = pd.read_parquet(real.targets / "features" / "event_features.parquet")
    test = events[study_parts(events, scorer.settings) == "test"].reset_index(drop=True)
    weather = [feature.column for feature in scorer.model.encoder.features if feature.group == "weather and light"]
    blank = test.assign(**dict.fromkeys(weather))
    stated, without = (float(scorer.model.probabilities(rows)[:, FATAL].mean()) for rows in (test, blank))
    assert len(weather) > 5 and abs(without - stated) < 0.03


def test_pages_are_readable_and_fast(real: Workspace, chromium: Browser) -> None:
    """Of every page on a phone: no overlapping text, no broken link, and no task above a second on a slow processor."""
    html, problems = real.store / "reports" / "html", []
    for path in sorted(html.glob("*.html")):
        context = chromium.new_context(offline=True, viewport={"width": 390, "height": 900})
        page = context.new_page()
        longest = longest_task(chromium, page, path.as_uri())
        overlaps, links = page.evaluate(OVERLAPS), broken_links(page, html)
        if longest > 1000 or overlaps or links:
            problems.append((path.name, longest, overlaps[:5], links[:5]))
        context.close()
    assert problems == []
