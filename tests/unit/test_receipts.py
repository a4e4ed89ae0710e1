"""Numbers of a page equal their queries, and key findings are made by rules."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

import pytest

from reports.shared import receipts
from reports.shared.catalog import ALL, INDEX, REPORTS, ReportSpec
from reports.shared.components import Headline
from reports.shared.data import Query
from reports.shared.key_findings import MIN_ACCIDENTS, KeyFinding, key_findings
from reports.shared.receipts import Number
from tests.browser import examples

LINK = re.compile(
    r'data-query="([^"]+)" data-result="(\w{12})"(?: data-column="([^"]+)" data-where="([^"]*)")?>([^<]+)</a>'
)
COUNTS = Query("counts", "select 1", ("kind", "n", "day"), (("new", 3, date(2020, 1, 2)), ("old", 1200, None)))


def test_a_number_is_a_sum_over_the_rows_that_meet_the_conditions() -> None:
    assert receipts.evaluate(COUNTS, "n") == "1,203"
    assert receipts.evaluate(COUNTS, "n", (("kind", "new"),)) == "3"
    assert receipts.evaluate(COUNTS, "n", (("kind", "withdrawn"),)) == "0"
    assert receipts.evaluate(COUNTS, "day") == "2020-01-02"
    assert receipts.evaluate(COUNTS, "day", (("kind", "old"),)) == "unknown"
    assert receipts.evaluate(replace(COUNTS, rows=()), "n") == "unknown"
    assert receipts.evaluate(replace(COUNTS, rows=(("a", Decimal(7), None),)), "n") == "7"


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        (Number("1,204", "counts", "n"), "expected the number 1,204, found 1,203"),
        (Number("3", "missing"), "expected a query of the page, found missing"),
    ],
)
@pytest.mark.parametrize("is_headline", [True, False])
def test_a_number_that_differs_from_its_query_fails_the_build(number: Number, problem: str, is_headline: bool) -> None:
    component: object = KeyFinding(("In all ", number), "#years")
    if is_headline:
        component = Headline(number.value, "label", number.query, number.column)
    with pytest.raises(ValueError, match=problem):
        receipts.check({"items": [component]}, {"counts": COUNTS})
    receipts.check({"items": [Number("1,203", "counts", "n"), Number("x", "study")]}, {"counts": COUNTS})


@pytest.mark.parametrize("spec", ALL, ids=[spec.name for spec in ALL])
def test_each_number_on_a_page_names_its_query_and_the_digest_of_the_result(spec: ReportSpec) -> None:
    html, queries = examples.build(spec), examples.inputs(spec).queries
    for query, digest, column, where, value in LINK.findall(html):
        assert digest == queries[query].digest and f"result <code>{digest}</code>" in html
        if column:
            conditions = tuple(json.loads(unescape(where)).items())
            assert receipts.evaluate(queries[query], column, conditions) == value
    if spec in (INDEX, REPORTS["safety"]):
        assert len(LINK.findall(html)) >= 12


def test_the_digest_depends_on_query_and_result() -> None:
    others = [replace(COUNTS, sql="select 2"), replace(COUNTS, rows=COUNTS.rows[:1])]
    assert len({COUNTS.digest, *(query.digest for query in others)}) == 3
    assert COUNTS.digest == replace(COUNTS).digest


TOTALS = dict(zip(examples.TOTALS.split(), examples.TOTALS_ROW, strict=True))


def year(number: int, accidents: int, fatal: int = 20, deaths: int | None = 30) -> tuple[Any, ...]:
    """A row of the query of years."""
    return (number, accidents, fatal, 0, deaths, 0, 0, 0, 0, 0, 0)


def texts(
    *,
    is_made_up: bool = False,
    empty: bool = False,
    years: Sequence[tuple[object, ...]] | None = None,
    **totals: object,
) -> list[str]:
    """Key findings as text; `totals` replace those of the example."""
    spec = REPORTS["safety"]
    queries = dict(examples.inputs(spec, empty=empty).queries)
    if years is not None:
        queries["yearly"] = replace(queries["yearly"], rows=tuple(years))
    if totals:
        queries["totals"] = replace(queries["totals"], rows=(tuple((TOTALS | totals).values()),))
    context = replace(examples.context(spec), is_made_up=is_made_up)
    return [
        "".join(part if isinstance(part, str) else part.value for part in sentence.numbers)
        for sentence in key_findings(queries, context)
    ]


def test_key_findings_leave_out_the_incomplete_year_and_compare_years() -> None:
    sentences = texts()
    assert len(sentences) == 5
    assert sentences[0] == (
        "NTSB's files list 22,000 accidents in the United States; 5,400 of them were fatal, with 9,000 known deaths."
    )
    assert sentences[1].startswith("In 2023, the latest complete year, there were ")
    assert "ten years before, in 2013: " in sentences[2]
    assert sentences[3] == (
        "Of the years with at least 100 accidents, 1976 had the most (4,059) and 2022 the fewest (1,943)."
    )
    assert sentences[4].endswith("The latest event is dated 2024-12-30; 2024 is incomplete.")


def test_made_up_and_empty_releases_have_no_key_findings() -> None:
    assert texts(is_made_up=True) == [] and texts(empty=True) == []


def test_the_year_of_the_newest_change_is_not_complete_even_if_an_event_has_a_later_date() -> None:
    assert texts(last_date=date(2025, 1, 9))[1].startswith("In 2023, the latest complete year, ")


@pytest.mark.parametrize(
    ("totals", "sentence"),
    [
        ((1, 1, 1), "list 1 accident in the United States; 1 of them was fatal, with 1 known death."),
        ((2, 0, 0), "list 2 accidents in the United States; 0 of them were fatal, with 0 known deaths."),
        ((2, 1, None), "list 2 accidents in the United States; 1 of them was fatal."),
    ],
)
def test_numbers_agree_with_their_nouns_and_unknown_ones_are_left_out(
    totals: tuple[int | None, ...], sentence: str
) -> None:
    names = ("us_accidents", "us_fatal_accidents", "us_deaths")
    assert texts(years=(), **dict(zip(names, totals, strict=True)))[0] == f"NTSB's files {sentence}"


@pytest.mark.parametrize(
    ("years", "sentences"),
    [
        ((year(2022, MIN_ACCIDENTS - 1), year(2023, MIN_ACCIDENTS - 1)), []),
        # The latest complete year has no accident, or too few.
        ((year(2020, 100),), []),
        ((year(2022, 100), year(2023, MIN_ACCIDENTS - 1)), []),
        (
            (year(2023, 100, fatal=1, deaths=None),),
            ["In 2023, the latest complete year, there were 100 accidents, of which 1 was fatal."],
        ),
        (
            (year(2013, 100, deaths=None), year(2023, 100)),
            [
                "In 2023, the latest complete year, there were 100 accidents, of which 20 were fatal.",
                "Known deaths in 2023: 30.",
            ],
        ),
        (
            (year(2000, 100), year(2001, 120), year(2002, 110)),
            ["Of the years with at least 100 accidents, 2001 had the most (120) and 2000 the fewest (100)."],
        ),
        ((year(2000, 100), year(2001, 120), year(2002, 120)), []),
    ],
)
def test_a_sentence_that_would_not_be_true_is_left_out(years: Sequence[tuple[Any, ...]], sentences: list[str]) -> None:
    assert texts(years=years)[1:-1] == sentences
