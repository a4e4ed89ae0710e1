"""Write the files that a participant of the benchmark needs, from a study and its feature table."""

import json
import math
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from models.severity import benchmark
from models.severity.data import feature_registry, records
from models.severity.data.records import DAY_7
from models.severity.errors import InvalidStudy
from models.severity.evaluation.predictions import PROBABILITIES

OPEN_PARTS = ("validation", "test")


class OtherStudy(InvalidStudy):
    """The study was not run with the settings of the benchmark."""


def write_files(study: Path, feature_table: Path, folder: Path) -> Iterator[str]:
    """Write events.csv, day7_mask.csv, labels.csv and reference.csv to `folder`; yield a line per file.

    Raises OtherStudy.
    """
    results = json.loads((study / "metrics.json").read_text(encoding="utf-8"))
    if problems := benchmark.other_settings(results["settings"]):
        raise OtherStudy(f"benchmark severity-v1: {'; '.join(problems)}; run the study with these settings")
    events = benchmark.benchmark_events(pd.read_parquet(feature_table), results["features"])
    predictions = pd.read_parquet(study / "predictions.parquet")
    parts = [part + suffix for part in OPEN_PARTS for suffix in ("", f", {DAY_7}")]
    chosen = predictions["part"].isin(parts) & (predictions["model"] == results["primary_model"])
    tables = {
        "events.csv": events.drop(columns="severity"),
        "day7_mask.csv": _day_7_mask(results["features"]),
        # Labels of the sealed years are not in any file.
        "labels.csv": events.loc[events["part"].isin(OPEN_PARTS), ["ev_id", "part", "severity"]],
        "reference.csv": predictions.loc[chosen, ["part", "ev_id", *PROBABILITIES]].sort_values("ev_id"),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.to_csv(folder / name, index=False, lineterminator="\n")
        yield f"{folder / name}: {len(table):,} rows"


def _day_7_mask(features: list[str]) -> pd.DataFrame:
    """Return, per feature, the median days until NTSB's record contains it, and whether it is missing on day 7."""
    named = {feature.column: feature for feature in feature_registry.load_features()}
    rows = [
        (name, records.arrival_days(named[name]), not records.is_published(named[name], DAY_7)) for name in features
    ]
    return pd.DataFrame(rows, columns=["feature", "days", "missing"]).replace(math.inf, None)
