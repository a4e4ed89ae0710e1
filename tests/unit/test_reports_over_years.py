"""Figures over years: breaks of the coding, shares of a year, and residuals only where they say something."""

import json
from typing import Any

import pytest

from reports.harmonization.report import trend
from reports.shared import components, years
from reports.shared.catalog import REPORTS
from reports.shared.components import Figure
from reports.shared.data import Inputs, Query
from tests.browser import examples, examples_eras

NUMBERS = components.table("a", ("b",), [(1,)])


def drawn(figure: Figure) -> dict[str, Any]:
    return dict(json.loads(figure.json))


@pytest.mark.parametrize(
    ("seen", "lines"),
    [([], []), ([1982], []), ([1981, 1982], [1981.5]), ([1962, 1990, 2020], [1981.5, 2007.5]), ([2008, 2020], [])],
)
def test_a_line_stands_where_the_coding_changed_between_the_years_drawn(seen: list[int], lines: list[float]) -> None:
    figure = years.timeline("x", seen, {"Events": {"All": seen}}, "Summary.", NUMBERS)
    assert [shape["x0"] for shape in drawn(figure)["layout"].get("shapes", [])] == lines
    assert [note["x"] for note in drawn(figure)["layout"].get("annotations", [])] == lines
    assert ("Dotted lines" in figure.summary) == bool(lines)


def test_values_of_a_year_add_up_and_the_rare_are_one() -> None:
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
    figure = trend("phase", rows, 5)
    assert figure.table.heads == ("Year", "A", "B", "C", "D", "all others", "no value, or stated as unknown")
    assert figure.table.rows[1] == ("1981", "40", "30", "10", "8", "9", "3")
    traces = drawn(figure)["data"]
    assert [trace["y"] for trace in traces] == [[40.0] * 2, [30.0] * 2, [10.0] * 2, [8.0] * 2, [9.0] * 2, [3.0] * 2]
    # A year of too few aircraft stands in the table and is not drawn.
    assert traces[0]["x"] == [1981, 1982] and figure.table.rows[0][0] == "1948"


def reconciliation(share: float) -> str:
    query = Query(
        "figures",
        "select 1",
        tuple(examples.COLUMNS["reconciliation/figures"].split()),
        tuple(examples_eras.figures(share)),
    )
    spec = REPORTS["reconciliation"]
    return spec.build(Inputs({"figures": query}), examples.context(spec))


def test_a_residual_is_drawn_only_where_the_source_is_whole() -> None:
    whole, sample = reconciliation(1.01), reconciliation(0.01)
    assert "Residual: this release less published" in whole and "Difference: this release less published" in whole
    assert "less published" not in sample and "No residuals are shown" in sample
    assert all("This release" in page and "Published" in page for page in (whole, sample))


def test_quality_page_counts_codes_that_nobody_explains() -> None:
    page = examples.build(REPORTS["quality"])
    assert "1,350 of 11,250 coded values are in no list" in page
    assert "2 codes in no list" in page and ">Q7</td>" in page
    assert "20 of 44 are explained neither" in page
