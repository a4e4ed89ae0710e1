"""One training run: run the study on a feature table, write its files, record the evaluation, log it to MLflow."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from models.severity import artifacts, study
from models.severity.tracking import runs, store, test_ledger
from models.severity.tracking.model_registry import PromotionTerms


def train(
    feature_table: Path,
    folder: Path,
    settings: Mapping[str, Any],
    workers: Mapping[str, str],
    stores: tuple[str, str | None],
    tags: Mapping[str, str],
    promotion: Mapping[str, Any],
    ledger: Path,
) -> None:
    """Run the study on a Parquet file with one row per event, and write its results to `folder`, which is created.

    `settings` are the fields of StudySettings by name, `workers` the tuning storage and Dask scheduler, `stores` the
    tracking URI and artifact root of MLflow, `tags` the fingerprint and origin of the run, `promotion` the fields of
    PromotionTerms. The evaluation on the test set is appended to `ledger`, with those in the ledger of the store, which
    is next to the promotion log. Raises InvalidStudy.
    """
    store.require_store(stores[0])
    events = pd.read_parquet(feature_table)
    result = study.run_study(events, study.StudySettings(**settings), **workers)
    store_ledger = promotion["log"].with_name("test_ledger.csv")
    evaluations = test_ledger.record_evaluation(ledger, result, tags, store_ledger)
    identity = artifacts.identity(result, events, tags["fingerprint"])
    artifacts.write_artifacts(result, folder, identity)
    terms = PromotionTerms(**promotion, evaluations=evaluations)
    params = dict(settings) | {"max_champion_age": terms.patience}
    tags = dict(tags) | artifacts.identity_tags(identity)
    with store.store_errors(stores[0]):
        runs.log_study(result, events, folder, stores, tags, params, terms)
