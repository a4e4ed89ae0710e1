"""Charts by year: era boundaries, shares of each year, and residuals only for complete databases."""

import re
from dataclasses import replace
from typing import Any

import pytest

from reports.harmonization.report import field_by_year
from reports.reconciliation import reasons
from reports.shared import components, years
from reports.shared.catalog import REPORTS
from reports.shared.data import Era, Inputs
from reports.shared.eras import sort_eras, years_of
from tests.browser import example_eras, examples

NUMBERS = components.table("a", ("b",), [(1,)])


@pytest.mark.parametrize(
    ("shown_years", "lines"),
    [([], []), ([1982], []), ([1981, 1982], [1981.5]), ([1962, 1990, 2020], [1981.5, 2007.5]), ([2008, 2020], [])],
)
def test_dotted_lines_mark_era_boundaries_within_the_shown_years(shown_years: list[int], lines: list[float]) -> None:
    eras = (*examples.ERAS, Era("api", "API", 2008, None))
    chart = years.timeline("x", shown_years, {"Events": {"All": shown_years}}, "Summary.", NUMBERS, eras)
    breaks = re.findall(r'class="break" x1="([\d.]+)%"', chart.svg)
    span = shown_years[-1] - shown_years[0] + 1 if shown_years else 1
    assert [float(x) for x in breaks] == [round(100 * (line + 0.5 - shown_years[0]) / span, 2) for line in lines]
    assert [str(int(line + 0.5)) in re.findall(r">(\d+)</text>", chart.svg) for line in lines] == [True] * len(lines)
    assert ("Dotted lines" in chart.summary) == bool(lines)


@pytest.mark.parametrize(("last", "outlines"), [(2024, 1), (2023, 0)])
def test_an_incomplete_year_is_an_outline_and_the_summary_says_so(last: int, outlines: int) -> None:
    shown = range(2010, last + 1)
    chart = years.timeline("x", shown, {"Events": {"All": shown}}, "Summary.", NUMBERS, examples.ERAS)
    assert chart.svg.count(' part"') == outlines
    assert ("2024 is incomplete" in chart.summary) == bool(outlines)


def test_unknown_values_are_not_drawn_as_zero_and_years_keep_their_distance() -> None:
    values = [(1.0, 0.5, 2.0), (None, None, None), (3.0, None, None)]
    chart = years.yearly_rates("x", [2010, 2011, 2013], {"Rate": values}, "Summary.", NUMBERS, examples.ERAS)
    assert re.findall(r'<circle[^>]*cx="([\d.]+)%"', chart.svg) == ["12.5", "87.5"]
    assert chart.svg.count('class="bound') == 1 and 'class="line' not in chart.svg


def test_rare_values_share_a_series_and_shares_add_up() -> None:
    rows: list[dict[str, Any]] = [
        {"field": "phase", "ev_year": year, "value": value, "times": times}
        for year in (1981, 1982)
        for value, times in (("A", 40), ("B", 30), ("C", 10), ("D", 8), ("E", 5), ("F", 4), ("UNK", 2), (None, 1))
    ]
    rows += [
        {"field": "phase", "ev_year": 1948, "value": "A", "times": 1},
        {"field": "phase", "ev_year": None, "value": "A", "times": 9},
        {"field": "light", "ev_year": 1982, "value": "DAYL", "times": 7},
    ]
    chart = field_by_year("phase", rows, examples.ERAS, 5)
    assert chart.table.heads == ("Year", "A", "B", "C", "D", "all others", "missing or unknown")
    assert chart.table.rows[1] == ("1981", "40", "30", "10", "8", "9", "3")
    shares = re.findall(r"<title>(\d+), [^:]+: ([\d.]+) %</title>", chart.svg)
    # A year with too few values is in the table only.
    assert shares == [(year, share) for year in ("1981", "1982") for share in ("40", "30", "10", "8", "9", "3")]
    assert chart.table.rows[0][0] == "1948"


def reconciliation_page(share: float) -> str:
    spec = REPORTS["reconciliation"]
    inputs = examples.inputs(spec)
    figures = replace(inputs.queries["figures"], rows=tuple(example_eras.counts(share)))
    return spec.build(Inputs({**inputs.queries, "figures": figures}), examples.context(spec))


def test_residuals_are_shown_only_for_complete_databases() -> None:
    complete, sample = reconciliation_page(1.01), reconciliation_page(0.01)
    assert "Residual: this release minus published" in complete
    assert "Difference: this release minus published" in complete
    assert "minus published" not in sample and "No residuals are shown" in sample
    assert all("This release" in page and "Published" in page for page in (complete, sample))
    assert all("The latest year is 1990." in page for page in (complete, sample))
    assert "Not compared: this release has 1.0 % of NTSB" in sample and "Not compared" not in complete


@pytest.mark.parametrize(
    ("changes", "difference", "parts"),
    [
        (
            {"release_count": 90},
            -10,
            ["Accidents: 4 of unknown operation may belong here. NTSB", "since 1991.", "preliminary"],
        ),
        ({"release_count": 110}, 10, ["2 without a registration may be foreign; 1 on December 31", "since 1991."]),
        (
            {"release_count": 90, "unknown_operation": 0, "year_end": 0, "note": None},
            -10,
            ["NTSB has revised its files since 1991."],
        ),
        ({"release_count": 100}, 0, ["Equal."]),
        # Counts of all accidents explain no difference of fatal accidents or deaths.
        (
            {"release_count": 90, "measure": "fatal accidents", "note": None},
            -10,
            ["^NTSB has revised its files since 1991.$"],
        ),
        ({"release_count": 110, "measure": "deaths", "note": None}, 10, ["^NTSB has revised its files since 1991.$"]),
        (
            {"release_count": 90, "measure": "deaths", "unknown_deaths": 3},
            -10,
            ["^Accidents with an unknown number of deaths: 3. NTSB has revised"],
        ),
        ({"release_count": None, "measure": "deaths", "unknown_deaths": 3}, None, ["unknown number of deaths: 3."]),
        ({"release_count": None, "item": "1980"}, None, ["coded since 1982"]),
        ({"release_count": None}, None, ["has no events of the year"]),
        ({"release_count": 90, "item": "1991"}, None, ["Not compared: this release has 50.0 % of NTSB's events"]),
        (
            {"release_count": 90, "definition": None, "series": "make", "note": None},
            -10,
            ["of an export of 1991, by local date"],
        ),
        ({"release_count": 100, "definition": None, "series": "year"}, 0, ["Equal."]),
        ({"release_count": 96, "definition": None, "series": "era"}, -4, ["only a part of the database"]),
        ({"release_count": 98, "definition": None, "series": "era"}, -2, ["grows every month"]),
    ],
)
def test_every_difference_has_its_reason(changes: dict[str, Any], difference: int | None, parts: list[str]) -> None:
    row = dict(zip(example_eras.COLUMNS["reconciliation/figures"].split(), example_eras.counts(1)[-1], strict=True))
    row |= {"published": 100, "as_of": "1991", "note": "preliminary", "unknown_operation": 4}
    row |= {"unknown_registration": 2, "year_end": 1} | changes
    text = reasons.reason(row, {"1990": 1.0, "1991": 0.5})
    assert reasons.difference(row, {"1990": 1.0, "1991": 0.5}) == difference
    assert all(re.search(part, text) for part in parts), text


def test_quality_page_counts_unmapped_and_unexplained_codes() -> None:
    page = examples.build(REPORTS["quality"])
    assert "1,350 of 11,250 coded values have an unmapped code" in page
    assert "2 unmapped codes" in page and ">Q7</td>" in page
    assert "20 of 44 are explained neither" in page


@pytest.mark.parametrize(("last_year", "label"), [(2007, "1982-2007"), (None, "since 1982")])
def test_years_of_an_era(last_year: int | None, label: str) -> None:
    assert Era("pre2008", "Pre2008", 1982, last_year).years == label


def test_eras_are_sorted_by_age_and_unknown_names_come_last() -> None:
    assert sort_eras(["unknown", "avall", "pre1982", "avall"], examples.ERAS) == ["pre1982", "avall", "unknown"]
    assert years_of("pre1982", examples.ERAS) == "1962-1981" and years_of("unknown", examples.ERAS) == "unknown"
