"""The study as a whole is deterministic, rejects leaks and handles small tables."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from severity_frame import feature_table

from models.severity.artifacts import table_digest
from models.severity.data.encoding import RARE_CATEGORY, fit_encoder, labels
from models.severity.data.feature_registry import FeatureNotAvailable, features_at
from models.severity.data.split import EmptyPartition
from models.severity.estimators import boosting
from models.severity.estimators.logistic_regression import dense_transformer
from models.severity.estimators.xgboost_multiclass import BoostedModel
from models.severity.study import Study, StudySettings, run_study

QUICK = StudySettings(rounds=40, early_stopping_rounds=5, n_bootstrap=10, trees=10, backtest_windows=1)
SETTINGS = QUICK.model_settings(QUICK.boosting_settings())


@cache
def study() -> Study:
    return run_study(feature_table(), QUICK)


@pytest.mark.parametrize("processors", [1, 4])
def test_equal_inputs_give_equal_bytes(processors: int, monkeypatch: pytest.MonkeyPatch) -> None:
    study()
    monkeypatch.setattr("os.cpu_count", lambda: processors)
    again = run_study(feature_table().sample(frac=1, random_state=4), QUICK)
    assert again.booster_bytes() == study().booster_bytes()
    assert again.json() == study().json()


@pytest.mark.parametrize("threads", [2, 4])
def test_more_threads_give_nearly_equal_probabilities(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Training uses one thread; with more, only the order of floating-point sums differs."""
    split, parameters = study().split, boosting.tree_parameters
    encoder = fit_encoder(split.train, features_at("T1"), 20)
    arguments = split.train, split.validation, encoder, QUICK.model_settings(QUICK.boosting_settings())
    single = BoostedModel.fit(*arguments).probabilities(split.test)
    monkeypatch.setattr(
        "models.severity.estimators.boosting.tree_parameters",
        lambda settings: parameters(settings) | {"nthread": threads},
    )
    several = BoostedModel.fit(*arguments).probabilities(split.test)
    np.testing.assert_allclose(several, single, atol=1e-5)


def test_models_with_informative_features_beat_the_class_shares() -> None:
    metrics = study().metrics
    assert metrics["class shares"]["test"]["log_loss_skill"] == 0
    assert metrics["xgboost"]["test"]["log_loss_skill"] > 0.03
    assert metrics["xgboost"]["test"]["fatal_roc_auc"] > 0.6
    assert metrics["logistic regression"]["test"]["fatal_roc_auc"] > 0.6
    assert next(iter(study().importances)) == "phase"
    assert study().leakage_warnings == []


def test_shuffled_labels_give_no_skill() -> None:
    table = feature_table(2500)
    table["severity"] = np.random.default_rng(3).permutation(table["severity"])
    shuffled = run_study(table, QUICK).metrics["xgboost"]["test"]
    assert shuffled["log_loss_skill"] < 0.02
    assert 0.4 < shuffled["fatal_roc_auc"] < 0.6


def test_leaks_in_table_or_settings_are_rejected_by_name() -> None:
    with pytest.raises(FeatureNotAvailable, match="damage"):
        run_study(feature_table(60).assign(damage="DEST"), QUICK)
    with pytest.raises(FeatureNotAvailable, match=r"damage.*latitude|latitude.*damage"):
        run_study(feature_table(60), replace(QUICK, prediction_time="T0", features=("make", "damage", "latitude")))


def test_t0_study_uses_t0_features_only() -> None:
    names = run_study(feature_table(), replace(QUICK, prediction_time="T0")).features
    assert names == [feature.column for feature in features_at("T0")]
    assert "phase" not in names


def test_a_feature_that_encodes_the_label_raises_leakage_warnings() -> None:
    table = feature_table()
    table["total_seats"] = table["severity"].map({"NONE": 1.0, "MINR": 2.0, "SERS": 3.0, "FATL": 4.0})
    warnings = " ".join(run_study(table, QUICK).leakage_warnings)
    assert "xgboost: weighted_f1" in warnings
    assert "xgboost: fatal_roc_auc" in warnings
    assert "total_seats: fatal AUC: expected at most 0.8 from a single feature, found 1.000" in warnings
    # The binary model and other decision rules are checked too.
    assert "xgboost binary (fatal): fatal_roc_auc" in warnings
    assert "xgboost, class weights tuned on validation for macro F1: weighted_f1" in warnings


def test_a_feature_missing_for_fatal_events_raises_a_leakage_warning() -> None:
    table = feature_table()
    table["crew_age_y"] = table["crew_age_y"].fillna(40).mask(table["severity"] == "FATL")
    assert any(warning.startswith("missing values alone") for warning in run_study(table, QUICK).leakage_warnings)


def test_small_table_with_classes_absent_from_test() -> None:
    table = feature_table(120)
    table = table[(table["severity"] != "SERS") | (table["ev_year"] < 2016)]
    is_test = table["ev_year"] >= 2019
    table = table[~is_test | (table["severity"] != "FATL")]
    result = run_study(table, QUICK)
    assert result.counts["test"]["FATL"] == 0
    assert result.metrics["xgboost"]["test"]["fatal_roc_auc"] is None
    assert result.metrics["xgboost"]["test"]["log_loss"] > 0


def test_table_with_a_single_class() -> None:
    metrics = run_study(feature_table(120).assign(severity="NONE"), QUICK).metrics
    assert metrics["logistic regression"]["test"]["accuracy"] == 1


def test_no_test_events_is_an_error_with_the_events_per_year() -> None:
    with pytest.raises(EmptyPartition, match=r"found none in test .events per year"):
        run_study(feature_table(100, years=18), QUICK)


def test_missing_columns_are_reported_together() -> None:
    with pytest.raises(ValueError, match="expected columns month, phase, found none"):
        run_study(feature_table(50).drop(columns=["month", "phase"]), QUICK)


def test_encoder_learns_categories_from_training_and_keeps_missing_values() -> None:
    make = tuple(feature for feature in features_at("T0") if feature.column in ("make", "is_homebuilt"))
    train = pd.DataFrame({"make": ["A"] * 5 + ["B"] * 5 + ["C"], "is_homebuilt": [True] * 5 + [False] * 5 + [None]})
    encoder = fit_encoder(train, make, min_count=5)
    assert encoder.categories == {"make": ["A", "B", RARE_CATEGORY]}
    events = pd.DataFrame({"make": ["B", "C", "never seen", None], "is_homebuilt": [None, True, False, None]})
    encoded = encoder.matrix(events)
    np.testing.assert_equal(encoded["make"].to_numpy(), [1, 2, 2, np.nan])
    np.testing.assert_equal(encoded["is_homebuilt"].to_numpy(), [np.nan, 1, 0, np.nan])
    dense = dense_transformer(encoder, SETTINGS).fit(encoder.matrix(train)).transform(encoder.matrix(events))
    assert dense.shape == (4, 4)
    assert not np.isnan(dense).any()


def test_dense_matrix_has_columns_for_the_most_frequent_categories() -> None:
    make = tuple(feature for feature in features_at("T0") if feature.column == "make")
    train = pd.DataFrame({"make": ["A"] * 5 + ["B"] * 6 + ["C"] * 7 + ["D"]})
    encoded = fit_encoder(train, make, min_count=5).matrix(train)
    dense = dense_transformer(fit_encoder(train, make, min_count=5), replace(SETTINGS, max_categories=3)).fit_transform(
        encoded
    )
    np.testing.assert_equal(dense[[0, 5, 11, 18]], [[0, 0, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1]])


def test_labels_are_codes_and_digest_ignores_row_order() -> None:
    table = feature_table(40)
    assert list(labels(table.head(3))) == [("NONE", "MINR", "SERS", "FATL").index(x) for x in table["severity"].head(3)]
    assert table_digest(table) == table_digest(table.sample(frac=1, random_state=1))
    assert table_digest(table) != table_digest(table.assign(month=1))


def test_rows_without_a_valid_severity_are_named() -> None:
    table = feature_table(5)
    table.loc[[1, 3], "severity"] = [None, "UNKN"]
    with pytest.raises(ValueError, match=rf"expected NONE, .* found 2 rows without \({table.loc[1, 'ev_id']}, "):
        labels(table)
