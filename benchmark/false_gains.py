"""Measure what mistakes in the design of a study seem to gain: "what leakage looks like here".

python benchmark/false_gains.py targets/store/features/event_features.parquet [--columns FILE]

Each line is the same model with the same features and one mistake. FILE is a Parquet file with ev_id and columns that
are known only after the investigation, such as damage; each is added on its own. Prints a Markdown table, and records
every evaluation in the test-set ledger with its design as purpose.
"""

import argparse
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

FIRST_YEAR, TEST_YEAR, LAST_YEAR, SEED, ROUNDS = 2008, 2019, 2021, 20190101, 100
HEADER = "| Design | Test rows | Weighted F1 | Macro F1 | Fatal ROC AUC | Log loss |\n|---|---:|---:|---:|---:|---:|"
METRICS = ("weighted_f1", "macro_f1", "fatal_roc_auc", "log_loss")
# Rows per event of a join with the injury table.
FAN_OUT = 3


def main() -> int:
    """Print the table."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from models.severity.data.population import select_population
    from models.severity.tracking import test_ledger
    from pipeline import config

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path, help="the feature table")
    parser.add_argument("--columns", type=Path, help="Parquet file of columns that are known too late")
    options = parser.parse_args()
    events = select_population(pd.read_parquet(options.table), FIRST_YEAR, LAST_YEAR).events
    print(HEADER)
    for name, train, test, added in designs(events, options.columns):
        digest, values = evaluate(train, test, added)
        test_ledger.record_demonstration(config.evaluation_ledger(), test, digest, values, f"false gains: {name}")
        shown = " | ".join(f"{values[metric] or 0:.3f}" for metric in METRICS)
        print(f"| {name} | {len(test):,} | {shown} |", flush=True)
    return 0


def designs(
    events: pd.DataFrame, columns: Path | None
) -> Iterator[tuple[str, pd.DataFrame, pd.DataFrame, tuple[Any, ...]]]:
    """Yield (design, train, test, added features)."""
    from models.severity.data.feature_registry import Feature

    train, test = by_date(events)
    yield "honest: one row per event, split by date", train, test, ()
    yield "split at random", *at_random(events), ()
    copies = pd.concat([events] * FAN_OUT, ignore_index=True)
    yield f"join that repeats each event {FAN_OUT} times, rows split at random", *at_random(copies), ()
    of_event = at_random(events)
    yield (
        "the same, all rows of an event in one part",
        *(pd.concat([part] * FAN_OUT, ignore_index=True) for part in of_event),
        (),
    )
    yield "rare classes repeated before a random split", *at_random(oversample(events)), ()
    yield "rare classes repeated in train only, split by date", oversample(train), test, ()
    if columns is None:
        return
    late = pd.read_parquet(columns)
    for name in late.columns.drop("ev_id"):
        kind = "number" if pd.api.types.is_numeric_dtype(late[name]) else "category"
        feature = Feature(column=name, meaning="Known too late.", kind=kind, missing="not recorded")
        joined = (
            part.drop(columns=name, errors="ignore").merge(late[["ev_id", name]], on="ev_id", how="left")
            for part in (train, test)
        )
        yield f"{name} as a feature, split by date", *joined, (feature,)


def by_date(events: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (train, test) by the year of the event."""
    is_test = pd.to_datetime(events["ev_date"]).dt.year >= TEST_YEAR
    return events[~is_test], events[is_test]


def at_random(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (train, test) with a fifth of the rows in test."""
    is_test = np.random.default_rng(SEED).random(len(rows)) < 0.2
    return rows[~is_test], rows[is_test]


def oversample(events: pd.DataFrame) -> pd.DataFrame:
    """Return the events with copies, so that every class has as many rows as the largest one."""
    groups = [rows for _, rows in events.groupby("severity")]
    size = max(map(len, groups))
    generator = np.random.default_rng(SEED)
    return pd.concat(
        [rows.iloc[np.r_[: len(rows), generator.integers(0, len(rows), size - len(rows))]] for rows in groups]
    )


def evaluate(train: pd.DataFrame, test: pd.DataFrame, added: tuple[Any, ...]) -> tuple[str, dict[str, float | None]]:
    """Return the digest of the model and its metrics on test."""
    from models.severity.config import BoostingSettings
    from models.severity.data.encoding import encode_events, fit_encoder, labels
    from models.severity.data.feature_registry import features_at
    from models.severity.estimators.xgboost_multiclass import BoostedModel
    from models.severity.evaluation.metrics import compute_metrics

    encoder = fit_encoder(train, (*features_at("T1"), *added), 20)
    model = BoostedModel.fit_encoded(encode_events(encoder, train), BoostingSettings(), rounds=ROUNDS)
    digest = hashlib.sha256(bytes(model.booster.save_raw("ubj"))).hexdigest()[:16]
    return digest, compute_metrics(labels(test), model.probabilities(test))


if __name__ == "__main__":
    sys.exit(main())
