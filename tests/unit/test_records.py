"""Records of a case that is closed and of one that is a week old, and the masking of late features in training."""

import numpy as np
import pandas as pd
import pytest

from models.severity.data import feature_registry, records
from models.severity.data.encoding import encode_events, fit_encoder
from models.severity.data.feature_registry import Feature, features_at, load_arrivals
from models.severity.data.records import CLOSED, DAY_7

FEATURES = tuple(features_at("T1"))
LATE = {"wx_cond_basic", "light_cond", "visibility_sm", "eng_type", "certificate", "total_hours", "crew_age_y"}
EARLY = {"phase", "make", "model", "state", "is_on_airport", "month"}


def events(count: int) -> pd.DataFrame:
    known = {"number": 1.0, "category": "A", "boolean": True}
    table = pd.DataFrame({feature.column: [known[feature.kind]] * count for feature in FEATURES})
    dates = pd.to_datetime("2000-01-01") + pd.to_timedelta(np.arange(count) % 7000, unit="D")
    return table.assign(ev_id=[f"e{number:05d}" for number in range(count)], ev_date=dates, severity="NONE")


def masking(share: float) -> records.Masking:
    return records.Masking(share, block_share=0.75, judgment_share=0.1)


def masked(count: int, share: float = 0.5, seed: int = 1) -> pd.DataFrame:
    """Which values are missing in training, of events that have all."""
    table = events(count)
    encoded = encode_events(fit_encoder(table, FEATURES, 1), table).for_training(masking(share), 0, seed)
    return pd.DataFrame(np.isnan(encoded.values), columns=[feature.column for feature in FEATURES])


def test_every_feature_has_a_date_of_publication_with_its_source() -> None:
    arrivals = load_arrivals()
    assert {feature.published for feature in FEATURES} == set(arrivals)
    for name, arrival in arrivals.items():
        assert arrival.source and arrival.n >= 0, name
        assert arrival.median_days is None or arrival.median_days > 0, name
        # What was not measured says so.
        assert (arrival.n == 0) == arrival.source.startswith("not measured") == name.endswith("_assumed"), name


def test_the_day_7_record_lacks_what_is_published_later_and_nothing_else() -> None:
    table = events(3)
    seen = records.as_published(table, FEATURES, DAY_7)
    missing = {feature.column for feature in FEATURES if seen[feature.column].isna().all()}
    assert missing >= LATE and not missing & EARLY
    assert list(seen.columns) == list(table.columns)
    pd.testing.assert_frame_equal(records.as_published(table, FEATURES, CLOSED), table)


def test_a_feature_without_a_date_of_publication_counts_as_published_at_closure() -> None:
    assert not records.is_published(Feature("new", "A new one.", kind="number", known="T0"), DAY_7)
    assert records.is_published(Feature("new", "A new one.", kind="number", known="T0"), CLOSED)


def test_an_encoder_of_the_day_7_record_ignores_late_features() -> None:
    from dataclasses import replace

    table = events(5)
    encoder = replace(fit_encoder(table, FEATURES, 1), record=DAY_7)
    pd.testing.assert_frame_equal(
        encoder.matrix(table), encoder.matrix(records.as_published(table, FEATURES, DAY_7)), check_dtype=False
    )
    assert encoder.matrix(table)["eng_type"].isna().all() and encoder.matrix(table)["make"].notna().all()


def test_late_features_are_missing_in_training_by_block_and_share() -> None:
    missing = masked(20_000)
    for feature in FEATURES:
        share = missing[feature.column].mean()
        if records.is_published(feature, DAY_7):
            assert share == pytest.approx(0.1 if feature.not_inputs else 0, abs=0.01)
        else:
            assert share == pytest.approx(0.5 * 0.75, abs=0.02), feature.column
    assert (missing["wx_cond_basic"] == missing["light_cond"]).all()
    assert not (missing["wx_cond_basic"] == missing["eng_type"]).all()
    # Some events keep the closed record, others have the one of day 7.
    late = missing[[feature.column for feature in FEATURES if not records.is_published(feature, DAY_7)]]
    assert (~late).all(axis=1).mean() > 0.4 and late.all(axis=1).mean() > 0.15


def test_the_masking_of_an_event_does_not_depend_on_other_events() -> None:
    pd.testing.assert_frame_equal(masked(900).head(300), masked(300))
    assert not masked(300, seed=2).equals(masked(300))
    # Without masking, a missing phase would still mean the judgment that it replaces.
    unmasked = masked(20_000, share=0)
    judgment_columns = [feature.column for feature in FEATURES if feature.not_inputs]
    assert judgment_columns and unmasked[judgment_columns].mean().tolist() == pytest.approx(
        [0.1] * len(judgment_columns), abs=0.01
    )
    assert not unmasked.drop(columns=judgment_columns).to_numpy().any()


def test_older_events_count_less_in_training_and_the_mean_weight_is_unchanged() -> None:
    table = events(2).assign(ev_date=pd.to_datetime(["2000-06-01", "2008-01-01"]))
    encoded = encode_events(fit_encoder(table, FEATURES, 1), table)
    weights = encoded.for_training(masking(0), 8, 1).weights
    assert weights is not None and weights[1] == pytest.approx(2 * weights[0]) and weights.mean() == pytest.approx(1)
    assert encoded.for_training(masking(0), 0, 1).weights is None


def test_an_undetermined_phase_is_neither_a_missing_value_nor_an_input() -> None:
    (phase,) = (feature for feature in FEATURES if feature.column == "phase")
    assert phase.not_inputs == ("undetermined",)
    table = pd.DataFrame({"phase": ["cruise"] * 30 + ["undetermined"] * 30 + [None]})
    encoder = fit_encoder(table, (phase,), 20)
    assert encoder.categories["phase"] == ["cruise", "(rare)"]
    assert encoder.matrix(table)["phase"].isna().sum() == 31
    # The check of missing values sees the table, where it is recorded.
    assert table["phase"].isna().sum() == 1


def test_features_say_when_they_are_published_in_the_registry_file() -> None:
    text = feature_registry.FEATURES_FILE.read_text(encoding="utf-8")
    assert text.count("[[feature]]") == text.count("\npublished = ")


def test_an_event_is_closed_if_a_feature_is_known_that_arrives_at_closure() -> None:
    late = records.closure_columns(FEATURES)
    assert late == [feature.column for feature in FEATURES if records.arrival_days(feature) == float("inf")]
    assert records.closure_columns([feature for feature in FEATURES if feature.column not in late]) == []
