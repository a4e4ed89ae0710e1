"""The feature registry offers features by prediction time and rejects others by name."""

import re
from pathlib import Path

import pytest

from models.severity.data import feature_registry
from models.severity.data.feature_registry import FeatureNotAvailable
from tests.columns import COLUMN_CLASSES, column_class

EVENT_FEATURES = Path(__file__).parents[2] / "pipeline" / "sql" / "features" / "event_features.sql"
VIEW_FILES = sorted(
    file for folder in ("staging", "views") for file in (EVENT_FEATURES.parents[1] / folder).glob("*.sql")
)
FEATURE_FILES = sorted(EVENT_FEATURES.parent.glob("*.sql"))
# Population and label are derived from these columns; longitude is used to convert UTC to local solar time.
POPULATION_SOURCES = {"ev_type", "ev_highest_injury"}
# event_features compares the label with them; the result is counted and is not a feature.
LABEL_SOURCES = {"inj_tot_f", "inj_tot_s", "inj_tot_m", "inj_f_grnd", "inj_s_grnd", "inj_m_grnd"}
TIME_CONVERSION = {(feature, "events.dec_longitude") for feature in ("hour", "month", "weekday")}
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


def test_names_are_unique_and_kinds_and_prediction_times_are_valid() -> None:
    features = feature_registry.load_features()
    names = [feature.column for feature in features]
    assert len(names) == len(set(names))
    assert {feature.known for feature in features} <= {"T0", "T1", "T2"}
    assert {feature.kind for feature in features} == {"number", "category", "boolean", "leak"}
    assert all(feature.meaning and (feature.kind == "leak" or feature.missing) for feature in features)


def test_feature_table_has_population_and_registered_columns_only() -> None:
    lines = EVENT_FEATURES.read_text().split("from clean_events")[0].splitlines()
    offered = [line.strip().rstrip(",").split(".")[-1].split(" as ")[-1] for line in lines if line.endswith(",")]
    offered.append(lines[-1].strip().split(".")[-1])
    wanted = {*feature_registry.POPULATION_COLUMNS, *(feature.column for feature in feature_registry.features_at("T1"))}
    assert wanted <= set(offered) | {"severity"}
    assert {name for name in offered if name.isidentifier()} <= wanted


def test_t0_features_are_a_subset_of_t1_features() -> None:
    before = {feature.column for feature in feature_registry.features_at("T0")}
    notified = {feature.column for feature in feature_registry.features_at("T1")}
    assert before < notified
    assert {"latitude", "wx_cond_basic", "phase", "is_mid_air"} <= notified - before


@pytest.mark.parametrize("leak", LEAKS)
def test_leaks_are_rejected_by_name(leak: str) -> None:
    with pytest.raises(FeatureNotAvailable, match=rf"\b{leak} \(known at T2"):
        feature_registry.require_features(["make", leak], "T1")


def test_all_unavailable_features_are_reported_together() -> None:
    with pytest.raises(FeatureNotAvailable) as error:
        feature_registry.require_features(["make", "damage", "latitude", "horoscope"], "T0")
    text = str(error.value)
    assert "damage (known at T2" in text
    assert "latitude (known at T1" in text
    assert "horoscope (not registered" in text
    assert "make" not in text


def test_t2_is_not_a_valid_prediction_time() -> None:
    with pytest.raises(ValueError, match="expected T0 or T1, found 'T2'"):
        feature_registry.features_at("T2")


def test_features_read_columns_known_at_their_prediction_time() -> None:
    for feature in feature_registry.features_at("T1"):
        assert feature.reads, feature.column
        for column in feature.reads:
            known = column_class(*column.split("."))
            assert known is not None, column
            if (feature.column, column) not in TIME_CONVERSION:
                assert known == "key" or known <= feature.known, (feature.column, column, known)


def test_columns_read_by_features_are_in_the_queries() -> None:
    words = set(re.findall(r"[a-z0-9_]+", " ".join(path.read_text() for path in [*FEATURE_FILES, *VIEW_FILES])))
    read = {column.split(".")[1] for feature in feature_registry.features_at("T1") for column in feature.reads}
    assert read - words == set()


def test_feature_queries_read_no_t2_column() -> None:
    """Finds a leak in SQL under another name by the column it is computed from.

    tests/sql/test_features_read_no_outcome.py traces columns through the staging views.
    """
    columns = feature_registry.load_columns().values()
    late = {name for classes in columns for name, kind in classes.items() if kind == "T2"} - {
        feature_registry.ALL_COLUMNS
    }
    late -= {name for classes in columns for name, kind in classes.items() if kind in ("key", "T0", "T1")}
    for path in FEATURE_FILES:
        text = re.sub(r"--.*", "", path.read_text())
        allowed = POPULATION_SOURCES | (LABEL_SOURCES if path == EVENT_FEATURES else set())
        assert late & set(re.findall(r"[a-z0-9_]+", text)) <= allowed, path.name


def test_columns_have_one_valid_class() -> None:
    import tomllib

    for table, groups in tomllib.loads(feature_registry.COLUMNS_FILE.read_text()).items():
        if "all" in groups:
            assert list(groups) == ["all"] and groups["all"] in COLUMN_CLASSES, table
        else:
            names = [name for listed in groups.values() for name in listed]
            assert set(groups) <= set(COLUMN_CLASSES) and len(names) == len(set(names)), table


def test_a_column_that_is_not_a_feature_is_rejected_with_its_class() -> None:
    with pytest.raises(FeatureNotAvailable, match=r"latlong_acq \(not a feature in features.toml; .* T2 in events\)"):
        feature_registry.require_features(["latlong_acq"], "T1")
    with pytest.raises(FeatureNotAvailable, match=r"afm_hrs .*T2 in aircraft.*dprt_city .*T0 in aircraft"):
        feature_registry.require_features(["afm_hrs", "dprt_city"], "T1")
