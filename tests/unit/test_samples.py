"""The committed samples: reproducible, with NTSB's schema, and with exactly the defects in the manifest."""

import csv
import json
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from samples import make
from samples.codes import codes
from samples.jet4 import read_schema
from samples.lookups import dictionary_rows
from tests.access import read_table

SAMPLES = Path(make.__file__).parent
REFERENCE = SAMPLES.parents[1] / "shared" / "reference" / "ntsb"
NAMES = ("avall", "Pre2008", "PRE1982", "up08NOV")
Row = dict[str, str]


class Export:
    """Tables of the unpacked samples, with a cache; missing values are empty."""

    def __init__(self, folder: Path) -> None:
        self.paths: dict[str, Path] = {}
        self.cache: dict[tuple[str, str], list[Row]] = {}
        for name in NAMES:
            with zipfile.ZipFile(SAMPLES / f"{name}.zip") as archive:
                self.paths[name] = Path(archive.extract(archive.namelist()[0], folder))

    def __call__(self, source: str, table: str) -> list[Row]:
        if (source, table) not in self.cache:
            rows = read_table(self.paths[source], table)
            self.cache[source, table] = [{name: text or "" for name, text in row.items()} for row in rows]
        return self.cache[source, table]


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Export:
    return Export(tmp_path_factory.mktemp("samples"))


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    return json.loads((SAMPLES / "manifest.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", NAMES)
def test_the_manifest_has_the_row_counts(export: Export, manifest: dict[str, Any], name: str) -> None:
    assert {table: len(export(name, table)) for table in manifest[name]["rows"]} == manifest[name]["rows"]


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference files are not available")
def test_the_schema_equals_that_of_ntsb() -> None:
    with (REFERENCE / "modern_schema.csv").open(encoding="utf-8") as file:
        real = {(row["table"], row["column"]) for row in csv.DictReader(file)}
    schema = read_schema(SAMPLES / "schema_modern.csv")
    assert {(table, column.name) for table, columns in schema.items() for column in columns} == real
    assert len(real) == 336


def test_the_dictionary_describes_every_column_and_code() -> None:
    schema = read_schema(SAMPLES / "schema_modern.csv")
    rows = dictionary_rows(schema)
    columns = {(table, column.name) for table, columns in schema.items() for column in columns}
    assert columns <= {(row["Table"], row["Column"]) for row in rows}
    assert all(row["short_desc"] for row in rows)
    assert {(c.table, c.column, c.code) for c in codes()} == {
        (row["Table"], row["Column"], row["code_iaids"]) for row in rows if "code_iaids" in row
    }


@pytest.mark.parametrize("name", NAMES)
def test_keys_are_unique(export: Export, name: str) -> None:
    schema = read_schema(SAMPLES / ("schema_pre1982.csv" if name == "PRE1982" else "schema_modern.csv"))
    for table, columns in schema.items():
        key = [column.name for column in columns if column.pk]
        repeated = [k for k, n in Counter(tuple(row[c] for c in key) for row in export(name, table)).items() if n > 1]
        assert not key or not repeated, table


class Violations:
    """Keys of the events of one file that violate a rule, and keys of planted defects in the manifest."""

    def __init__(self, events: list[Row], planted: dict[str, Any]) -> None:
        self.events, self.planted = events, planted

    def __call__(self, column: str, bad: Callable[[Row], bool]) -> list[str]:
        return sorted(row["ev_id"] for row in self.events if row[column] != "" and bad(row))

    def invalid_times(self, column: str) -> list[str]:
        return self(column, lambda r: not 0 <= int(r[column]) < 2400 or int(r[column]) % 100 > 59)

    def keys(self, kind: str) -> list[str]:
        return sorted(self.planted[kind]["keys"])


@pytest.fixture(params=["avall", "Pre2008"])
def violations(request: pytest.FixtureRequest, export: Export, manifest: dict[str, Any]) -> Violations:
    return Violations(export(request.param, "events"), manifest[request.param]["defects"])


def test_wrong_times_and_dates_are_the_planted_ones(violations: Violations) -> None:
    assert violations.invalid_times("ev_time") == violations.keys("ev_time_invalid")
    assert violations.invalid_times("wx_obs_time") == violations.keys("wx_obs_time_invalid")
    assert violations("ev_date", lambda r: r["ev_date"][:4] != r["ev_year"]) == violations.keys("ev_year_mismatch")
    assert violations("ev_id", lambda r: not r["ev_date"]) == violations.keys("ev_date_missing")


def test_wrong_coordinates_are_the_planted_ones(violations: Violations) -> None:
    def is_east(row: Row) -> bool:
        return row["ev_country"] == "USA" and 0 < float(row["dec_longitude"]) < 180

    assert violations("dec_latitude", lambda r: abs(float(r["dec_latitude"])) > 90) == violations.keys(
        "latitude_out_of_range"
    )
    out_of_range = violations("dec_longitude", lambda r: abs(float(r["dec_longitude"])) > 180)
    assert out_of_range == violations.keys("longitude_out_of_range")
    assert violations("dec_latitude", lambda r: float(r["dec_latitude"]) == 0) == violations.keys("coordinates_zero")
    assert violations("dec_longitude", is_east) == violations.keys("longitude_sign_flipped")


def test_wrong_counts_and_codes_are_the_planted_ones(violations: Violations) -> None:
    counts = ("inj_tot_f", "inj_tot_s", "inj_tot_m", "inj_tot_n", "inj_f_grnd", "inj_s_grnd", "inj_m_grnd")
    known = {c.code for c in codes() if (c.table, c.column) == ("events", "ev_state")}
    wrong = violations("inj_tot_t", lambda r: int(r["inj_tot_t"]) != sum(int(r[c] or 0) for c in counts))
    assert wrong == violations.keys("injury_total_mismatch")
    assert violations("ev_state", lambda r: r["ev_state"] not in known) == violations.keys("state_code_unknown")


@pytest.mark.parametrize("name", ["avall", "Pre2008"])
def test_rows_without_event_are_the_planted_ones(export: Export, manifest: dict[str, Any], name: str) -> None:
    ids = {row["ev_id"] for row in export(name, "events")}
    for table in ("aircraft", "injury", "narratives", "dt_events", "NTSB_Admin"):
        orphans = [row["ev_id"] for row in export(name, table) if row["ev_id"] not in ids]
        assert orphans == [key.split()[0] for key in manifest[name]["defects"][f"orphan_{table}"]["keys"]]


def test_repeated_ntsb_numbers_are_the_planted_ones(export: Export, manifest: dict[str, Any]) -> None:
    shared = set(manifest["avall"]["defects"]["event_in_both_files"]["keys"])
    rows = [row for row in export("avall", "events") if row["ev_id"] not in shared] + export("Pre2008", "events")
    rows += [row for row in export("up08NOV", "events") if row["ev_id"] in manifest["up08NOV"]["new"]]
    repeated = {number for number, n in Counter(row["ntsb_no"] for row in rows).items() if n > 1 and number}
    planted = {key for name in ("avall", "Pre2008") for key in manifest[name]["defects"]["ntsb_no_duplicate"]["keys"]}
    assert repeated == {row["ntsb_no"] for row in rows if row["ev_id"] in planted}


def test_each_defect_is_in_a_separate_event(manifest: dict[str, Any]) -> None:
    for name in ("avall", "Pre2008", "PRE1982"):
        kinds = {k: v for k, v in manifest[name]["defects"].items() if not k.startswith("orphan_")}
        owners = [key.split()[0] for kind in kinds.values() for key in kind["keys"]]
        assert len(owners) == len(set(owners)), name


def test_shared_events_are_those_in_the_manifest(export: Export, manifest: dict[str, Any]) -> None:
    ids = {name: {row["ev_id"] for row in export(name, "events")} for name in ("avall", "Pre2008", "up08NOV")}
    assert sorted(ids["avall"] & ids["Pre2008"]) == sorted(manifest["avall"]["defects"]["event_in_both_files"]["keys"])
    week = manifest["up08NOV"]
    assert ids["up08NOV"] - ids["avall"] - ids["Pre2008"] == set(week["new"])
    assert ids["up08NOV"] & ids["Pre2008"] == set(week["changed_event_of_Pre2008"])
    assert ids["up08NOV"] & ids["avall"] == {*week["changed"], *week["sent_again_unchanged"]} - ids["Pre2008"]


def test_unchanged_events_of_the_weekly_file_equal_avall(export: Export, manifest: dict[str, Any]) -> None:
    same = manifest["up08NOV"]["sent_again_unchanged"]
    for table in ("events", "aircraft", "Findings", "narratives", "flight_time"):
        old, new = ([r for r in export(n, table) if r["ev_id"] in same] for n in ("avall", "up08NOV"))
        assert old == new, table


def test_severity_has_the_expected_shares_and_depends_on_weather(export: Export) -> None:
    rows = [row for name in ("avall", "Pre2008") for row in export(name, "events")]
    shares = {k: n / len(rows) for k, n in Counter(row["ev_highest_injury"] for row in rows).items()}
    for level, share in (("NONE", 0.54), ("MINR", 0.15), ("SERS", 0.12), ("FATL", 0.19)):
        assert shares[level] == pytest.approx(share, abs=0.03)
    low, good = ([r["ev_highest_injury"] == "FATL" for r in rows if r["wx_cond_basic"] == w] for w in ("IMC", "VMC"))
    assert sum(low) / len(low) > 2 * sum(good) / len(good)
