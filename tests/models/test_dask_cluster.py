"""Training on a cluster of two worker processes gives the metrics of local training within tolerances."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import dask
import pytest
from distributed import LocalCluster
from severity_frame import feature_table

from models.severity.data.encoding import fit_encoder, labels
from models.severity.data.population import select_population
from models.severity.data.split import split_by_year
from models.severity.estimators import dask_cluster
from models.severity.estimators.dask_cluster import ClusterUnavailable
from models.severity.estimators.ordinal import OrdinalModel
from models.severity.estimators.xgboost_multiclass import BoostedModel
from models.severity.evaluation.metrics import compute_metrics
from models.severity.study import Study, StudySettings, run_study

LOCAL = StudySettings(rounds=20, early_stopping_rounds=5, n_bootstrap=0, trees=2, backtest_windows=1)
CLUSTER = replace(LOCAL, dask_workers=2)
# Without subsampling, only the order of floating-point sums differs.
EXACT = {"log_loss": 0.001, "accuracy": 0.005, "fatal_roc_auc": 0.005}
# Each worker subsamples its own partition, so that two studies differ by chance, like two seeds.
TOLERANCE = {"log_loss": 0.05, "accuracy": 0.03, "fatal_roc_auc": 0.04}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    # A busy machine does not lose a worker.
    patience = {"comm.timeouts.connect": "120s", "comm.timeouts.tcp": "120s", "scheduler.worker-ttl": None}
    with (
        dask.config.set({f"distributed.{name}": value for name, value in patience.items()}),
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0", host="127.0.0.1") as local,
    ):
        yield local.scheduler_address


@cache
def study_on(address: str) -> Study:
    return run_study(feature_table(2000), CLUSTER if address else LOCAL, dask_scheduler=address)


def test_without_subsampling_two_workers_match_local_training(address: str) -> None:
    split = split_by_year(select_population(feature_table(2000), 1982, 2021).events, 2016, 2019)
    encoder, truth = fit_encoder(split.train, LOCAL.selected_features(), 20), labels(split.test)
    boosting = replace(LOCAL.boosting_settings(), subsample=1, colsample_bytree=1)
    with dask_cluster.connected(address, 2):
        for family in (BoostedModel, OrdinalModel):
            local, distributed = (
                compute_metrics(truth, model.probabilities(split.test))
                for settings in (boosting, replace(boosting, dask_workers=2))
                for model in [family.fit(split.train, split.validation, encoder, LOCAL.model_settings(settings))]
            )
            for metric, tolerance in EXACT.items():
                assert distributed[metric] == pytest.approx(local[metric], abs=tolerance), metric


def test_study_on_two_workers_matches_local_study(address: str) -> None:
    local, distributed = study_on("").metrics, study_on(address).metrics
    for name in ("xgboost", "ordinal xgboost"):
        for metric, tolerance in TOLERANCE.items():
            assert distributed[name]["test"][metric] == pytest.approx(local[name]["test"][metric], abs=tolerance), name
    assert distributed["xgboost"]["test"]["log_loss_skill"] > 0.05
    # Models that are not trained on the cluster are identical.
    assert distributed["logistic regression"] == local["logistic regression"]
    assert study_on(address).booster_bytes() != study_on("").booster_bytes()


def test_same_number_of_workers_gives_the_same_bytes(address: str) -> None:
    again = run_study(feature_table(2000), CLUSTER, dask_scheduler=address)
    assert again.booster_bytes() == study_on(address).booster_bytes()
    assert again.json() == study_on(address).json()


def test_results_do_not_contain_the_scheduler_address(address: str) -> None:
    assert address not in study_on(address).json()
    assert study_on(address).to_dict()["settings"]["dask_workers"] == 2


@pytest.mark.parametrize(
    ("settings", "scheduler", "message"),
    [
        (CLUSTER, "", "dask_workers = 2: expected both or none"),
        (LOCAL, "tcp://127.0.0.1:1", "dask_workers = 0: expected both or none"),
        (CLUSTER, "tcp://127.0.0.1:1", "expected a scheduler, found no answer"),
        (CLUSTER, "nonsense://here", "expected a scheduler, found no answer"),
    ],
)
def test_unreachable_or_incomplete_cluster_settings_are_errors(
    settings: StudySettings, scheduler: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_cluster, "TIMEOUT_S", 1)
    with pytest.raises(ClusterUnavailable, match=message):
        run_study(feature_table(60), settings, dask_scheduler=scheduler)


def test_too_few_workers_is_an_error(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "TIMEOUT_S", 1)
    with pytest.raises(ClusterUnavailable, match="expected 3 workers, found 2"):
        run_study(feature_table(60), replace(LOCAL, dask_workers=3), dask_scheduler=address)


def test_missing_dask_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    without: Any = {"dask": None, "distributed": None}.get
    monkeypatch.setattr("importlib.util.find_spec", without)
    with pytest.raises(ClusterUnavailable, match=r"expected the packages dask and distributed, which `make env`"):
        run_study(feature_table(60), CLUSTER, dask_scheduler="tcp://127.0.0.1:8786")


def test_gpu_and_cluster_cannot_be_combined() -> None:
    with (
        pytest.raises(ClusterUnavailable, match="expected device = cpu with a cluster, found cuda"),
        dask_cluster.connected("x", 2, "cuda"),
    ):
        pass
