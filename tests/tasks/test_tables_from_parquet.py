"""Numbers in the tables of pages, recomputed from the Parquet files of NTSB's tables, without the views."""

import html
import re
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from reports.reconciliation.report import STATISTICS
from tests.running import Workspace

LEVELS = ("FATL", "SERS", "MINR", "NONE")
ERA_YEARS = {"pre1982": "1962-1981", "pre2008": "1982-2007", "avall": "since 2008"}
GENERAL_AVIATION = ("091", "091F", "091K", "105", "125", "133", "137", "141", "PUBF", "PUBL", "PUBS", "PUBU")
US_REGISTRATION = r"^N[CLRSX]?[1-9]"


class Release:
    """The Parquet files and the pages of a store."""

    def __init__(self, store: Path, targets: Path) -> None:
        self.pages, self.folder, self.targets = store / "reports" / "html", targets / "parquet" / "ntsb", targets

    def table(self, page: str, caption: str) -> dict[tuple[str, ...], list[str]]:
        """{first cell, and the second if it is no number: the other cells} of the table with this caption."""
        text = (self.pages / f"{page}.html").read_text(encoding="utf-8")
        (body,) = re.findall(rf"<caption>{re.escape(caption)}</caption>.*?<tbody>(.*?)</tbody>", text, re.DOTALL)
        rows = {}
        for row in re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL):
            cells = [html.unescape(re.sub("<[^>]+>", "", cell)) for cell in re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row)]
            keys = 1 if re.match(r"[\d,]+$", cells[1]) else 2
            rows[tuple(cells[:keys])] = cells[keys:]
        return rows

    def read(self, name: str, columns: list[str]) -> pd.DataFrame:
        return pd.read_parquet(self.folder / f"{name}.parquet", columns=columns)

    @cached_property
    def events(self) -> pd.DataFrame:
        names = ["ev_id", "era", "ev_type", "ev_date", "ev_country", "ev_state", "light_cond", "wx_cond_basic"]
        table = self.read("events", [*names, "ev_highest_injury", "inj_tot_f"])
        for name in (*names[2:3], *names[4:], "ev_highest_injury"):
            table[name] = table[name].str.strip().str.upper()
        table["ev_year"] = pd.to_datetime(table["ev_date"]).dt.year
        table["severity"] = table["ev_highest_injury"].where(table["ev_highest_injury"].isin(LEVELS))
        return table

    @cached_property
    def accidents(self) -> pd.DataFrame:
        """In the United States."""
        return self.events[(self.events["ev_country"] == "USA") & (self.events["ev_type"] != "INC")]


@pytest.fixture(scope="module")
def release(built: Workspace) -> Release:
    return Release(built.store, built.targets)


def count(number: int) -> str:
    return f"{number:,}"


def injuries(events: pd.DataFrame) -> list[str]:
    """Accidents, by level of injury and unknown, as a page shows them."""
    levels = [count(int((events["severity"] == level).sum())) for level in LEVELS]
    return [count(len(events)), *levels, count(int(events["severity"].isna().sum()))]


GROUPS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "decade": lambda events: (events["ev_year"] // 10 * 10).map(lambda year: f"{year:.0f}s"),
    "light": lambda events: events["light_cond"],
    "weather": lambda events: events["wx_cond_basic"],
}


@pytest.mark.parametrize("topic", GROUPS)
def test_injuries_by_group_are_those_of_the_parquet_file(release: Release, topic: str) -> None:
    shown = release.table(
        "safety", f"Highest injury in U.S. accidents by {topic}, as a share of accidents of known severity."
    )
    accidents = release.accidents.dropna(subset="ev_year") if topic == "decade" else release.accidents
    groups = {name: injuries(events) for name, events in accidents.groupby(GROUPS[topic](accidents))}
    # Codes are shown as "Day (DAYL)".
    by_code = {name.rpartition("(")[2].rstrip(")"): cells[:6] for (name, *_), cells in shown.items()}
    assert len(groups) >= 3 and {name: by_code[name] for name in groups if name} == {
        name: cells for name, cells in groups.items() if name
    }


def test_states_are_those_of_the_parquet_file(release: Release) -> None:
    domestic = release.events[release.events["ev_country"] == "USA"]
    shown = release.table("safety", "Events in the United States by state")
    assert len(shown) > 30
    for (state, _), (events, fatal, known, _) in shown.items():
        chosen = domestic[domestic["ev_state"] == state]
        if state != "UNKNOWN":
            levels = [int((chosen["severity"] == "FATL").sum()), int(chosen["severity"].notna().sum())]
            assert [events, fatal, known] == [count(len(chosen)), *map(count, levels)], state


def test_counts_of_the_same_files_are_those_of_the_parquet_file(release: Release) -> None:
    events = release.events[(release.events["era"] != "pre1982") & (release.events["ev_year"] >= 1982)]
    for (year, _), (_, ours, *_) in release.table("reconciliation", "By year since 1982: events").items():
        assert ours == count(int((events["ev_year"] == int(year)).sum())), year
    for (year, _), (_, ours, *_) in release.table("reconciliation", "By year since 1982: fatal on board").items():
        assert ours == count(int(((events["ev_year"] == int(year)) & (events["inj_tot_f"] > 0)).sum())), year
    for (state, _), (_, ours, *_) in release.table("reconciliation", "Events by state since 1982").items():
        is_state = events["ev_state"] == state if state != "UNKNOWN" else events["ev_state"].fillna("") == ""
        assert ours == count(int(is_state.sum())), state


def test_general_aviation_is_that_of_the_parquet_files(release: Release) -> None:
    aircraft = release.read("aircraft", ["ev_id", "era", "regis_no", "far_part"])
    registration = aircraft["regis_no"].str.strip().str.upper().replace({"": None})
    part = aircraft["far_part"].str.strip().str.upper()
    is_us = registration.isna() | registration.str.match(US_REGISTRATION, na=False)
    chosen = aircraft[is_us & part.isin(GENERAL_AVIATION) & (aircraft["era"] != "pre1982")]["ev_id"]
    accidents = release.accidents
    accidents = accidents[accidents["ev_id"].isin(chosen) & (accidents["ev_type"] == "ACC")]
    shown = release.table("reconciliation", STATISTICS["general aviation"])
    for (year, measure), (_, ours, *_) in shown.items():
        of_year = accidents[accidents["ev_year"] == int(year)]
        if measure != "deaths" and int(year) >= 1982:
            number = len(of_year) if measure == "accidents" else int((of_year["severity"] == "FATL").sum())
            assert ours == count(number), (year, measure)


def test_published_rows_of_each_file_are_those_of_the_parquet_files(release: Release) -> None:
    shown, checked = release.table("quality", "Row accounting by source table"), 0
    for (file, name), cells in shown.items():
        path = release.folder / f"{name.lower()}.parquet"
        if path.exists():
            files = pq.read_table(path, columns=["source_file"])["source_file"].to_pylist()
            assert cells[1] == count(files.count(file)), (file, name)
            checked += 1
    assert checked > 25


def test_every_fill_rate_is_that_of_the_parquet_files(release: Release) -> None:
    page = (release.pages / "dictionary.html").read_text(encoding="utf-8")
    rows, checked = dict(re.findall(r'<tr id="([^"]+)">(.*?)</tr>', page, re.DOTALL)), 0
    for path in sorted(release.folder.glob("*.parquet")):
        table = pd.read_parquet(path)
        eras = table["era"] if "era" in table else pd.Series("", index=table.index)
        for column in table.columns:
            cell = re.search(r'data-label="Filled">(.*?)</td>', rows.get(f"{path.stem}.{column}", ""))
            # A table without rows has no rates.
            parts = [part.rpartition(": ") for part in (cell[1].split("<br>") if cell and cell[1] else [])]
            is_filled = table[column].notna() & (table[column].astype("string") != "")
            for years, _, share in parts:
                chosen = is_filled[eras.map(ERA_YEARS) == years] if years in ERA_YEARS.values() else is_filled
                actual = float(share.removesuffix(" %"))
                assert abs(actual - 100 * chosen.mean()) <= 0.1, (path.stem, column, years)
                checked += 1
    assert checked > 300


def test_the_confusion_matrix_is_that_of_the_predictions(release: Release) -> None:
    predictions = pd.read_parquet(release.targets / "studies" / "severity" / "predictions.parquet")
    chosen = predictions[(predictions["part"] == "test") & (predictions["model"] == "xgboost")]
    classes = {"none": "p_none", "minor": "p_minr", "serious": "p_sers", "fatal": "p_fatl"}
    likeliest = chosen[list(classes.values())].idxmax(axis=1)
    severity = chosen["severity"].map({"NONE": "none", "MINR": "minor", "SERS": "serious", "FATL": "fatal"})
    shown = release.table("severity", "Confusion matrix: test events by actual and predicted highest injury")
    for name in classes:
        numbers = [int(((severity == name) & (likeliest == column)).sum()) for column in classes.values()]
        assert shown[f"actual {name}",] == [*map(count, numbers), count(sum(numbers))]
