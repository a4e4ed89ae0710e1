"""The same training on a cluster of two worker processes: the same figures to the tolerance that is stated here."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from distributed import LocalCluster
from severity_frame import feature_table

from models.severity.data.encoding import fit_encoder, labels
from models.severity.data.population import select_population
from models.severity.data.split import split_by_year
from models.severity.estimators import dask_cluster
from models.severity.estimators.dask_cluster import ClusterUnavailable
from models.severity.estimators.ordinal import fit_ordinal_with_early_stopping
from models.severity.estimators.xgboost_multiclass import fit_with_early_stopping
from models.severity.evaluation.metrics import compute_metrics
from models.severity.study import Study, StudySettings, run_study

HERE = StudySettings(rounds=20, early_stopping_rounds=5, n_bootstrap=0, trees=2, backtest_windows=1)
THERE = replace(HERE, dask_workers=2)
# Where no events are drawn, only the order of sums differs.
EXACT = {"log_loss": 0.001, "accuracy": 0.005, "fatal_roc_auc": 0.005}
# Each worker draws its own share of the events for a tree, so that two studies differ by chance, as two seeds do.
TOLERANCE = {"log_loss": 0.05, "accuracy": 0.03, "fatal_roc_auc": 0.04}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0", host="127.0.0.1") as local:
        yield local.scheduler_address


@cache
def on(address: str) -> Study:
    return run_study(feature_table(2000), THERE if address else HERE, dask_scheduler=address)


def test_where_nothing_is_drawn_two_workers_grow_the_same(address: str) -> None:
    parts = split_by_year(select_population(feature_table(2000), 1982, 2021).events, 2016, 2019)
    encoder, truth = fit_encoder(parts.train, HERE.chosen(), 20), labels(parts.test)
    here = replace(HERE.knobs(), subsample=1, colsample_bytree=1)
    with dask_cluster.connected(address, 2):
        for fit in (fit_with_early_stopping, fit_ordinal_with_early_stopping):
            one, two = (
                compute_metrics(truth, fit(parts.train, parts.validation, encoder, knobs).probabilities(parts.test))
                for knobs in (here, replace(here, dask_workers=2))
            )
            for figure, tolerance in EXACT.items():
                assert two[figure] == pytest.approx(one[figure], abs=tolerance), figure


def test_two_workers_find_what_one_machine_finds(address: str) -> None:
    here, there = on("").metrics, on(address).metrics
    for name in ("xgboost", "ordinal xgboost"):
        for figure, tolerance in TOLERANCE.items():
            assert there[name]["test"][figure] == pytest.approx(here[name]["test"][figure], abs=tolerance), name
    assert there["xgboost"]["test"]["log_loss_skill"] > 0.05
    # What is not grown there is the same to the last digit.
    assert there["logistic regression"] == here["logistic regression"]
    assert on(address).booster_bytes() != on("").booster_bytes()


def test_the_same_again_on_the_same_number_of_workers(address: str) -> None:
    again = run_study(feature_table(2000), THERE, dask_scheduler=address)
    assert again.booster_bytes() == on(address).booster_bytes()
    assert again.json() == on(address).json()


def test_where_the_cluster_is_is_not_in_the_results(address: str) -> None:
    assert address not in on(address).json()
    assert on(address).facts()["settings"]["dask_workers"] == 2


@pytest.mark.parametrize(
    ("settings", "given", "sentence"),
    [
        (THERE, "", "dask_workers = 2: both or none expected"),
        (HERE, "tcp://127.0.0.1:1", "dask_workers = 0: both or none expected"),
        (THERE, "tcp://127.0.0.1:1", "a scheduler expected, no answer"),
        (THERE, "nonsense://here", "a scheduler expected, no answer"),
    ],
)
def test_a_cluster_that_is_not_there_has_its_sentence(
    settings: StudySettings, given: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_cluster, "TIMEOUT_S", 1)
    with pytest.raises(ClusterUnavailable, match=sentence):
        run_study(feature_table(60), settings, dask_scheduler=given)


def test_too_few_workers_have_their_sentence(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "TIMEOUT_S", 1)
    with pytest.raises(ClusterUnavailable, match="3 workers expected, 2 found"):
        run_study(feature_table(60), replace(HERE, dask_workers=3), dask_scheduler=address)


def test_without_dask_the_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    without: Any = {"dask": None, "distributed": None}.get
    monkeypatch.setattr("importlib.util.find_spec", without)
    with pytest.raises(ClusterUnavailable, match=r"dask and distributed expected.*pip install '\.\[cluster\]'"):
        run_study(feature_table(60), THERE, dask_scheduler="tcp://127.0.0.1:8786")


def test_a_graphics_card_and_a_cluster_exclude_each_other() -> None:
    with (
        pytest.raises(ClusterUnavailable, match="cpu with a cluster expected, cuda found"),
        dask_cluster.connected("x", 2, "cuda"),
    ):
        pass
