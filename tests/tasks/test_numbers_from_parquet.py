"""Headline numbers and key findings, recomputed from the Parquet file of events without the views."""

import html
import json
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest

from tests.running import Workspace

NUMBER = re.compile(
    r'data-query="(totals|yearly)" data-result="\w+" data-column="([^"]+)" data-where="([^"]*)">([^<]+)</a>'
)
LEVELS = ("NONE", "MINR", "SERS", "FATL")
PERSONS = ["inj_tot_f", "inj_tot_s", "inj_tot_m", "inj_tot_n", "inj_f_grnd", "inj_s_grnd", "inj_m_grnd"]


@pytest.fixture(scope="module")
def events(built: Workspace) -> pd.DataFrame:
    return read_events(built)


def read_events(workspace: Workspace) -> pd.DataFrame:
    """Events with is_us, is_accident, severity and deaths, derived here."""
    table = pd.read_parquet(workspace.targets / "parquet" / "ntsb" / "events.parquet")
    codes = table[["ev_country", "ev_type", "ev_highest_injury"]].apply(lambda column: column.str.strip().str.upper())
    severity = codes["ev_highest_injury"].where(codes["ev_highest_injury"].isin(LEVELS))
    counts = table[PERSONS].astype("Float64")
    deaths = counts["inj_tot_f"] + counts["inj_f_grnd"].fillna(0)
    # Zeros are no statement where nobody is counted and no severity is stated, or where it says that someone died.
    is_stated = (deaths > 0) | (severity.notna() & (severity != "FATL"))
    is_stated |= severity.isna() & (counts.fillna(0).sum(axis=1) > 0)
    return pd.DataFrame(
        {
            "ev_year": pd.to_datetime(table["ev_date"]).dt.year,
            "ev_date": table["ev_date"].astype("string"),
            "is_us": codes["ev_country"] == "USA",
            "is_accident": codes["ev_type"] != "INC",
            "is_fatal": severity == "FATL",
            "deaths": deaths.where(is_stated.fillna(False)),
        }
    )


def recompute(events: pd.DataFrame, column: str) -> str:
    """A number of the query `totals` or `yearly` over these events."""
    accidents = events[events["is_us"] & events["is_accident"]]
    values: Mapping[str, Any] = {
        "us_accidents": len(accidents),
        "us_fatal_accidents": int(accidents["is_fatal"].sum()),
        "us_deaths": int(accidents["deaths"].sum()),
        "events_elsewhere": int((~events["is_us"]).sum()),
    }
    return str(events["ev_date"].max()) if column == "last_date" else f"{values[column]:,}"


@pytest.mark.parametrize("page", ["index", "safety"])
def test_numbers_of_the_page_are_those_of_the_parquet_file(built: Workspace, events: pd.DataFrame, page: str) -> None:
    text = (built.store / "reports" / "html" / f"{page}.html").read_text(encoding="utf-8")
    numbers = NUMBER.findall(text)
    assert {column for _, column, _, _ in numbers} >= {"us_accidents", "us_fatal_accidents"}
    for _, column, where, value in numbers:
        conditions = json.loads(html.unescape(where))
        chosen = events[events["ev_year"] == conditions["ev_year"]] if conditions else events
        assert value == recompute(chosen, column), (column, conditions)


def test_places_and_operations_count_every_accident_of_the_parquet_file(built: Workspace, events: pd.DataFrame) -> None:
    accidents = events[events["is_us"] & events["is_accident"]]
    pages = {
        name: (built.store / "reports" / "html" / f"{name}.html").read_text(encoding="utf-8")
        for name in ("places", "operations")
    }
    (total,) = re.findall(
        r'data-query="quality" [^>]*data-column="accidents" data-where="{}">([^<]+)<', pages["places"]
    )
    assert total == recompute(events, "us_accidents")
    months = table_cells(pages["places"], "Accidents by month and hour of local time")
    assert sum(map(sum, months)) == accidents["ev_year"].notna().sum()
    operations = table_cells(pages["operations"], "Accidents in the United States by operation, all years")
    # A collision of two operations counts for both, so that sums are not less than the number of accidents.
    collisions = 0.02 * len(accidents)
    assert 0 <= sum(row[0] for row in operations) - len(accidents) <= collisions
    assert 0 <= sum(row[1] for row in operations) - accidents["is_fatal"].sum() <= collisions


def table_cells(page: str, caption: str) -> list[list[int]]:
    """The counts in the rows of a table."""
    (body,) = re.findall(rf"<caption>{caption}</caption>.*?<tbody>(.*?)</tbody>", page, re.DOTALL)
    cells = [re.findall(r"<td[^>]*>([\d,]+)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", body)]
    return [[int(cell.replace(",", "")) for cell in row] for row in cells]


def test_every_year_of_the_release_is_that_of_the_parquet_file(built: Workspace, events: pd.DataFrame) -> None:
    page = (built.store / "reports" / "html" / "safety.html").read_text(encoding="utf-8")
    (rows,) = re.findall(r"Accidents in the United States by year</caption>.*?<tbody>(.*?)</tbody>", page, re.DOTALL)
    years = re.findall(r"<tr><th[^>]*>(\d{4})</th><td[^>]*>([^<]*)</td><td[^>]*>([^<]*)</td>", rows)
    assert len(years) > 40
    for year, accidents, fatal in years:
        chosen = events[events["ev_year"] == int(year)]
        assert [accidents, fatal] == [recompute(chosen, column) for column in ("us_accidents", "us_fatal_accidents")], (
            year
        )
