"""Leakage check of missing values: by period, net of values that are missing by nature, and beyond chance."""

import numpy as np
import pandas as pd
import pytest

from models.severity.config import StudySettings
from models.severity.data.feature_registry import Feature
from models.severity.evaluation import leakage, missingness

SETTINGS = StudySettings(n_bootstrap=20)
MAKE = Feature("make", "Make.", kind="category", known="T0")
FUEL = Feature("fuel", "Fuel on board.", kind="number", known="T0")
ON_AIRPORT = Feature("is_on_airport", "On an airport.", kind="boolean", known="T1")
RUNWAY = Feature("rwy_len_ft", "Runway.", kind="number", known="T1", structural=("is_on_airport",))


def frame(old: int, new: int, seed: int = 1) -> pd.DataFrame:
    """Events of two eras; fatal ones are more frequent away from airports, where there is no runway."""
    rng = np.random.default_rng(seed)
    count = old + new
    on_airport = rng.random(count) < 0.5
    fatal = rng.random(count) < np.where(on_airport, 0.06, 0.32)
    years = np.where(np.arange(count) < old, 1990, 2012 + np.arange(count) % 10)
    return pd.DataFrame(
        {
            "ev_date": pd.to_datetime([f"{year}-06-01" for year in years]),
            "era": np.where(np.arange(count) < old, "pre2008", "avall"),
            "severity": np.where(fatal, "FATL", "NONE"),
            "is_on_airport": on_airport,
            "rwy_len_ft": np.where(on_airport & (rng.random(count) < 0.8), 3000.0, np.nan),
            "make": pd.Series(rng.choice(["A", "B"], count), dtype=object).where(rng.random(count) < 0.9, None),
        }
    )


def with_fuel(events: pd.DataFrame, seed: int = 2) -> pd.DataFrame:
    """Fuel as NTSB records it: unknown before 2008, later by those who survived."""
    rng = np.random.default_rng(seed)
    is_reported = (events["era"] == "avall") & (
        rng.random(len(events)) < np.where(events["severity"] == "FATL", 0.1, 0.6)
    )
    return events.assign(fuel=np.where(is_reported, 20.0, np.nan))


def warnings(events: pd.DataFrame, features: tuple[Feature, ...], time: str = "T1") -> list[str]:
    estimates = missingness.missingness_auc(events, features, SETTINGS)
    return [warning.check for warning in missingness.check_missingness(estimates, time)]


@pytest.mark.parametrize("time", ["T0", "T1"])
def test_a_field_that_only_survivors_fill_raises_a_warning_though_an_older_era_lacks_it(time: str) -> None:
    """59,000 older events without the field hide the leak in an AUC over all years."""
    events = with_fuel(frame(6000, 1500))
    assert warnings(events, (MAKE, FUEL), time) == [
        "missing values alone, era avall: fatal AUC",
        "missing values alone, 2017-2021: fatal AUC",
    ]
    fatal = events["severity"] == "FATL"
    pooled = leakage.fit_and_predict(
        events[["fuel"]].isna().astype(float), fatal.to_numpy(), events[["fuel"]].isna().astype(float), ["q"], 1
    )
    assert leakage.roc_auc_score(fatal, pooled) < leakage.LIMITS[time].missingness


def test_values_that_are_missing_by_nature_raise_no_warning() -> None:
    """Away from airports there is no runway, and more accidents are fatal: the location says so, not the blank."""
    assert warnings(frame(3000, 2000), (MAKE, ON_AIRPORT, RUNWAY)) == []
    undeclared = Feature("rwy_len_ft", "Runway.", kind="number", known="T1")
    assert warnings(frame(3000, 2000), (MAKE, ON_AIRPORT, undeclared)) != []


def test_a_leak_is_found_next_to_values_that_are_missing_by_nature() -> None:
    assert warnings(with_fuel(frame(3000, 2000)), (MAKE, ON_AIRPORT, RUNWAY, FUEL))


def test_a_leak_in_the_feature_that_says_what_is_missing_by_nature_raises_a_warning() -> None:
    """Within the events whose location is not recorded, that it is not recorded says nothing."""
    events, rng = frame(3000, 2000), np.random.default_rng(3)
    is_lost = rng.random(len(events)) < np.where(events["severity"] == "FATL", 0.5, 0.05)
    lost = events.assign(
        is_on_airport=events["is_on_airport"].astype(object).where(~is_lost, None),
        rwy_len_ft=events["rwy_len_ft"].where(~is_lost),
    )
    assert warnings(lost, (MAKE, ON_AIRPORT, RUNWAY)) == [
        f"missing values alone, {period}: fatal AUC" for period in ("era avall", "era pre2008", "2017-2021")
    ]


def test_chance_raises_no_warning_in_a_small_period() -> None:
    for seed in range(5):
        assert warnings(frame(0, 200, seed), (MAKE,)) == []


def test_periods_with_too_few_fatal_events_are_not_evaluated() -> None:
    events = frame(300, 300)
    events.loc[events["era"] == "pre2008", "severity"] = "NONE"
    assert list(missingness.missingness_auc(events, (MAKE,), SETTINGS)) == ["era avall", "2017-2021"]
    # A period that was not evaluated is not one that passed.
    assert missingness.not_evaluated(events) == ["missing values, era pre2008: 0 fatal events, 20 required"]


def test_limits_before_the_flight_are_lower_than_at_notification() -> None:
    """What is known before the flight reaches a fatal AUC of 0.65: a leak to 0.85 must raise a warning."""
    test = {"weighted_f1": 0.45, "fatal_roc_auc": 0.85, "events": 400, "per_class": {"FATL": {"events": 60.0}}}
    assert leakage.check_metrics("xgboost", test, "T1") == []
    assert [warning.check for warning in leakage.check_metrics("xgboost", test, "T0")] == ["xgboost: fatal_roc_auc"]
    single = {"make": leakage.AucEstimate(0.7, [0.6, 0.8])}
    assert leakage.check_features(single, "T1") == [] and leakage.check_features(single, "T0") != []
