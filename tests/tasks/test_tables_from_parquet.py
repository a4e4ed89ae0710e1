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
from scipy.stats import chi2

from reports.reconciliation.report import STATISTICS
from tests.architecture.tree import REPOSITORY
from tests.running import Workspace

LEVELS = ("FATL", "SERS", "MINR", "NONE")
ERA_YEARS = {"pre1982": "1962-1981", "pre2008": "1982-2007", "avall": "since 2008"}
GENERAL_AVIATION = ("091", "091F", "091K", "105", "125", "133", "137", "141", "PUBF", "PUBL", "PUBS", "PUBU")
REFERENCE, MAPPINGS = REPOSITORY / "pipeline/sources/reference", REPOSITORY / "pipeline/sources/mappings"
ACCOUNTS, FLAGGED = "Row accounting by source table", "Flagged values by flag"
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

    def headings(self, page: str, caption: str) -> list[str]:
        """The headings of the columns of the table with this caption."""
        text = (self.pages / f"{page}.html").read_text(encoding="utf-8")
        (head,) = re.findall(rf"<caption>{re.escape(caption)}</caption>.*?<thead>(.*?)</thead>", text, re.DOTALL)
        return [html.unescape(re.sub("<[^>]+>", "", cell)) for cell in re.findall(r"<th.*?>(.*?)</th>", head)]

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

    @cached_property
    def general_aviation(self) -> pd.DataFrame:
        """Accidents in the United States since 1982 with a U.S. aircraft in general aviation."""
        aircraft = self.read("aircraft", ["ev_id", "era", "regis_no", "far_part"])
        registration = aircraft["regis_no"].str.strip().str.upper().replace({"": None})
        part = aircraft["far_part"].str.strip().str.upper()
        is_us = registration.isna() | registration.str.match(US_REGISTRATION, na=False)
        chosen = aircraft[is_us & part.isin(GENERAL_AVIATION) & (aircraft["era"] != "pre1982")]["ev_id"]
        return self.accidents[self.accidents["ev_id"].isin(chosen) & (self.accidents["ev_type"] == "ACC")]


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
    for (year, _), (_, counted, *_) in release.table("reconciliation", "By year since 1982: events").items():
        assert counted == count(int((events["ev_year"] == int(year)).sum())), year
    for (year, _), (_, counted, *_) in release.table("reconciliation", "By year since 1982: fatal on board").items():
        assert counted == count(int(((events["ev_year"] == int(year)) & (events["inj_tot_f"] > 0)).sum())), year
    for (state, _), (_, counted, *_) in release.table("reconciliation", "Events by state since 1982").items():
        is_state = events["ev_state"] == state if state != "UNKNOWN" else events["ev_state"].fillna("") == ""
        assert counted == count(int(is_state.sum())), state


def test_general_aviation_is_that_of_the_parquet_files(release: Release) -> None:
    accidents = release.general_aviation
    shown = release.table("reconciliation", STATISTICS["general aviation"])
    for (year, measure), (_, counted, *_) in shown.items():
        of_year = accidents[accidents["ev_year"] == int(year)]
        if measure != "deaths" and int(year) >= 1982:
            number = len(of_year) if measure == "accidents" else int((of_year["severity"] == "FATL").sum())
            assert counted == count(number), (year, measure)


def test_counts_and_rates_of_general_aviation_are_those_of_the_parquet_files(release: Release) -> None:
    excluded = pd.read_parquet(release.targets / "parquet" / "mart" / "intentional_acts.parquet")["ev_id"]
    hours = pd.read_csv(REFERENCE / "exposure.csv", dtype={"flight_hours": "Int64"})
    hours = hours[(hours["operation"] == "general_aviation") & (hours["aircraft_class"] == "all")]
    accidents = release.general_aviation
    accidents, checked = accidents[~accidents["ev_id"].isin(excluded)], 0
    for (year, *unknown), cells in release.table("rates", "General aviation: accidents and rates by year").items():
        if not unknown and cells[2] != "unknown":
            of_year = accidents[accidents["ev_year"] == int(year)]
            counts = [len(of_year), int((of_year["severity"] == "FATL").sum())]
            flown = int(hours[hours["year"] == int(year)]["flight_hours"].item())
            assert cells[:3] == [*map(count, counts), count(flown)], year
            for number, cell in zip(counts, cells[3:5], strict=True):
                rate, *limits = re.findall(r"[\d.]+", cell)
                assert is_rounded(rate, number / flown * 100_000), (year, cell)
                if cells[5] == "count":
                    assert all(map(is_rounded, limits, poisson_limits(number, flown))), (year, cell)
                    checked += 1
    assert checked > 5


def is_rounded(text: str, value: float) -> bool:
    """Return True if the text is the value with as many decimals as it has; the release has five."""
    unit = 0.1 ** len(text.partition(".")[2])
    return abs(float(text) - value) <= 0.5 * unit + 1e-5


def poisson_limits(number: int, hours: int) -> list[float]:
    """Exact 95 % limits of a Poisson count, per 100,000 hours."""
    low = chi2.ppf(0.025, 2 * number) / 2 if number else 0.0
    return [limit / hours * 100_000 for limit in (low, chi2.ppf(0.975, 2 * number + 2) / 2)]


HARMONIZED = (
    ("light", "events", "light_cond"),
    ("weather", "events", "wx_cond_basic"),
    ("category", "aircraft", "acft_category"),
    ("damage", "aircraft", "damage"),
)


@pytest.mark.parametrize(("field", "table", "column"), HARMONIZED)
def test_harmonized_values_are_the_mapped_codes_of_the_parquet_file(
    release: Release, field: str, table: str, column: str
) -> None:
    mapping = pd.read_csv(MAPPINGS / f"{field}.csv", dtype=str, keep_default_na=False)
    modern = {(row.era, row.code): row.modern for row in mapping.itertuples()}
    rows = release.read(table, ["ev_id", "era", column])
    rows = rows[rows["era"] != "pre1982"].merge(release.events[["ev_id", "ev_year"]], on="ev_id")
    codes = rows[column].str.strip().str.upper()
    rows["value"] = [modern.get(pair) or "no value" for pair in zip(rows["era"], codes, strict=True)]
    caption = f"{field}: values by era"
    by_era = pd.crosstab(rows["value"], rows["era"].map(ERA_YEARS))
    shown = {
        value: dict(zip(release.headings("harmonization", caption)[1:], cells, strict=True))
        for (value,), cells in release.table("harmonization", caption).items()
    }
    for value, numbers in by_era.iterrows():
        assert {years: count(number) for years, number in numbers.items()}.items() <= shown[value].items(), value
    others = [cells[years] for value, cells in shown.items() if value not in by_era.index for years in by_era]
    assert set(others) <= {"0"}
    headings = release.headings("harmonization", f"{field}: values by year")[1:]
    rows["shown"] = rows["value"].where(rows["value"].isin(headings), "all others")
    rows.loc[rows["value"].isin(["no value", "UNK"]), "shown"] = "missing or unknown"
    by_year, checked = pd.crosstab(rows["shown"], rows["ev_year"]).reindex(headings, fill_value=0), 0
    for (year,), cells in release.table("harmonization", f"{field}: values by year").items():
        if int(year) in by_year and int(year) >= 1982:
            assert cells == [count(number) for number in by_year[int(year)]], year
            checked += 1
    assert checked > 30


def test_published_rows_of_each_file_are_those_of_the_parquet_files(release: Release) -> None:
    shown, checked = release.table("quality", ACCOUNTS), 0
    for (file, name), cells in shown.items():
        path = release.folder / f"{name.lower()}.parquet"
        if path.exists():
            files = pq.read_table(path, columns=["source_file"])["source_file"].to_pylist()
            assert cells[1] == count(files.count(file)), (file, name)
            checked += 1
    assert checked > 25


FLAGS: dict[str, tuple[str, list[str], Callable[[pd.DataFrame], Any]]] = {
    "crew_age_absurd": ("flight_crew", ["crew_age"], lambda rows: (rows["crew_age"] < 10) | (rows["crew_age"] > 100)),
    "injury_count_negative": ("injury", ["inj_person_count"], lambda rows: rows["inj_person_count"] < 0),
    "narrative_empty_string": ("narratives", ["narr_accp"], lambda rows: rows["narr_accp"] == ""),
    "wind_speed_absurd": ("events", ["wind_vel_kts"], lambda rows: ~rows["wind_vel_kts"].fillna(0).between(0, 137)),
}


@pytest.mark.parametrize("flag", FLAGS)
def test_flagged_values_are_those_of_the_parquet_file(release: Release, flag: str) -> None:
    name, columns, condition = FLAGS[flag]
    rows = release.read(name, ["source_file", *columns])
    flagged = rows[condition(rows[columns]).fillna(False)].groupby("source_file").size()
    accounts = {(file, table.lower()): cells for (file, table), cells in release.table("quality", ACCOUNTS).items()}
    shown = {file: cells[2] for (of, file), cells in release.table("quality", FLAGGED).items() if of == flag}
    files = [file for file in rows["source_file"].unique() if (file, name) in accounts]
    assert files
    for file in files:
        in_file, published = (int(cell.replace(",", "")) for cell in accounts[file, name][:2])
        number = int(shown.get(file, "0").replace(",", ""))
        # A flag is about every row of the file, also about those that a newer file supersedes.
        assert 0 <= number - flagged.get(file, 0) <= in_file - published, file


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
