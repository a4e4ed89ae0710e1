"""The feature registry: what a model may know at its prediction_time, and what it is refused, by name."""

import re
from pathlib import Path

import pytest

from models.severity.data import feature_registry
from models.severity.data.feature_registry import FeatureNotAvailable

EVENT_FEATURES = Path(__file__).parents[2] / "pipeline" / "sql" / "features" / "event_features.sql"
FEATURE_FILES = sorted(EVENT_FEATURES.parent.glob("*.sql"))
# Who is studied, and the label itself, are read from these; the hour at the place needs longitude to turn UTC round.
DECIDE_THE_POPULATION = {"ev_type", "ev_highest_injury"}
ONLY_TURNS_THE_CLOCK = ("hour", "events.dec_longitude")
LEAKS = [
    "damage",
    "acft_fire",
    "inj_tot_f",
    "ntsb_no",
    "ntsb_no_letters",
    "rec_stat",
    "crew_tox_perf",
    "narr_cause",
    "lchg_date",
    "make_hours",
    "blank_fields",
    "finding_count",
    "ev_type",
    "severity",
]


def test_names_are_unique_and_kinds_and_moments_are_known_words() -> None:
    features = feature_registry.load_features()
    names = [feature.column for feature in features]
    assert len(names) == len(set(names))
    assert {feature.known for feature in features} <= set(feature_registry.PREDICTION_TIMES)
    assert {feature.kind for feature in features} == {*feature_registry.KINDS, "leak"}
    assert all(feature.meaning and (feature.kind == "leak" or feature.missing) for feature in features)


def test_the_feature_table_has_the_population_and_the_registered_columns_and_no_others() -> None:
    lines = EVENT_FEATURES.read_text().split("from events\n")[0].splitlines()
    offered = [line.strip().rstrip(",").split(".")[-1].split(" as ")[-1] for line in lines if line.endswith(",")]
    offered.append(lines[-1].strip().split(".")[-1])
    wanted = {*feature_registry.POPULATION_COLUMNS, *(feature.column for feature in feature_registry.features_at("T1"))}
    assert wanted <= set(offered) | {"severity"}
    assert {name for name in offered if name.isidentifier()} <= wanted


def test_before_the_flight_less_is_known_than_at_notification() -> None:
    before = {feature.column for feature in feature_registry.features_at("T0")}
    notified = {feature.column for feature in feature_registry.features_at("T1")}
    assert before < notified
    assert {"latitude", "wx_cond_basic", "phase", "is_mid_air"} <= notified - before


@pytest.mark.parametrize("leak", LEAKS)
def test_leaks_are_refused_by_name(leak: str) -> None:
    with pytest.raises(FeatureNotAvailable, match=rf"\b{leak} \(known at T2"):
        feature_registry.require_features(["make", leak], "T1")


def test_all_offenders_are_named_at_once() -> None:
    with pytest.raises(FeatureNotAvailable) as error:
        feature_registry.require_features(["make", "damage", "latitude", "horoscope"], "T0")
    text = str(error.value)
    assert "damage (known at T2" in text
    assert "latitude (known at T1" in text
    assert "horoscope (not registered" in text
    assert "make" not in text


def test_there_is_no_model_for_after_the_investigation() -> None:
    with pytest.raises(ValueError, match="T0 or T1 expected, 'T2' found"):
        feature_registry.features_at("T2")


def test_every_feature_reads_columns_that_are_known_by_its_moment() -> None:
    for feature in feature_registry.features_at("T1"):
        assert feature.reads, feature.column
        for place in feature.reads:
            known = feature_registry.column_class(*place.split("."))
            assert known is not None, place
            if (feature.column, place) != ONLY_TURNS_THE_CLOCK:
                assert known == "key" or known <= feature.known, (feature.column, place, known)


def test_every_column_that_a_feature_reads_is_in_its_queries() -> None:
    words = set(re.findall(r"[a-z0-9_]+", " ".join(path.read_text() for path in FEATURE_FILES)))
    read = {place.split(".")[1] for feature in feature_registry.features_at("T1") for place in feature.reads}
    assert read - words == set()


def test_no_feature_query_names_a_column_that_is_known_too_late() -> None:
    """A leak planted in SQL under another name is found by the column it is made of."""
    columns = feature_registry.load_columns().values()
    late = {name for found in columns for name, kind in found.items() if kind == "T2"} - {feature_registry.ALL_COLUMNS}
    late -= {name for found in columns for name, kind in found.items() if kind in ("key", "T0", "T1")}
    for path in FEATURE_FILES:
        text = re.sub(r"--.*", "", path.read_text())
        assert late & set(re.findall(r"[a-z0-9_]+", text)) <= DECIDE_THE_POPULATION, path.name


def test_columns_are_of_known_classes_and_of_one_each() -> None:
    import tomllib

    for table, groups in tomllib.loads(feature_registry.COLUMNS_FILE.read_text()).items():
        if "all" in groups:
            assert list(groups) == ["all"] and groups["all"] in feature_registry.COLUMN_CLASSES, table
        else:
            names = [name for listed in groups.values() for name in listed]
            assert set(groups) <= set(feature_registry.COLUMN_CLASSES) and len(names) == len(set(names)), table


def test_a_column_that_is_no_feature_is_refused_with_its_class() -> None:
    with pytest.raises(FeatureNotAvailable, match=r"latlong_acq \(no feature of features.toml; .* T2 in events\)"):
        feature_registry.require_features(["latlong_acq"], "T1")
    with pytest.raises(FeatureNotAvailable, match=r"afm_hrs .*T2 in aircraft.*dprt_city .*T0 in aircraft"):
        feature_registry.require_features(["afm_hrs", "dprt_city"], "T1")
