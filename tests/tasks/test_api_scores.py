"""Severity scores of the same events from Access files and from the API, by the same model."""

import csv
from pathlib import Path

import pandas as pd
import pytest

from models.severity.data import feature_registry
from models.severity.scoring import PROBABILITY_COLUMNS, load_scorer
from pipeline import sources
from tests.running import Workspace

DIFFERENCES = Path(sources.__file__).parent / "api" / "differences.csv"
FEATURES = feature_registry.features_at("T1")
NAMES = [feature.column for feature in FEATURES]


def features(workspace: Workspace, numbers: pd.DataFrame) -> pd.DataFrame:
    """Rows of the feature table with their NTSB number as index."""
    table = pd.read_parquet(workspace.targets / "features" / "event_features.parquet")
    return table.merge(numbers, on="ev_id").set_index("ntsb_no").sort_index()


@pytest.fixture(scope="module")
def both(built: Workspace, built_from_api: Workspace) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Features of the events that both have: of the Access files, and of the API."""
    result = built_from_api.run("ExtractFeatures", "--snapshot", built_from_api.snapshot())
    assert result.code == 0, result.text[-3000:]
    rows = built_from_api.query("select ev_id, ntsb_no from ntsb.events")
    api = features(built_from_api, pd.DataFrame(rows, columns=["ev_id", "ntsb_no"]))
    access = features(
        built,
        pd.read_parquet(
            built.targets / "parquet" / "ntsb" / "events.parquet", columns=list(api.reset_index()[["ev_id", "ntsb_no"]])
        ),
    )
    common = api.index.intersection(access.index)
    assert len(common) == len(api) > 20
    return access.loc[common], api.loc[common]


def declared_columns() -> set[str]:
    """`table.column` of differences between the sources; of every column for `*`."""
    with DIFFERENCES.open(encoding="utf-8", newline="") as file:
        return {f"{row['table_name']}.{row['column_name']}" for row in csv.DictReader(file)}


def differs(first: pd.Series, second: pd.Series) -> pd.Series:
    """Where two columns differ; missing values are equal."""
    return (first.astype(object) != second.astype(object)) & ~(first.isna() & second.isna())


def test_features_differ_only_where_a_declared_difference_is_involved(
    both: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    access, api = both
    differing = {name for name in NAMES if differs(access[name], api[name]).any()}
    declared = declared_columns()
    involved = {
        feature.column
        for feature in FEATURES
        if any(name in declared or f"{name.partition('.')[0]}.*" in declared for name in feature.reads)
    }
    assert differing - involved == set()
    assert len(involved) < len(NAMES) / 2


def test_scores_are_equal_where_no_declared_difference_is_involved(
    built: Workspace, both: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    access, api = both
    scorer = load_scorer(built.targets / "studies" / "severity")
    # Under the same ids, by which scores are sorted.
    scores = [scorer.scores(table[NAMES].rename_axis("ev_id").reset_index()).set_index("ev_id") for table in both]
    same = ~pd.concat([differs(access[name], api[name]) for name in NAMES], axis=1).any(axis=1)
    columns = [*PROBABILITY_COLUMNS, "prediction_set", "record", "missing_share"]
    assert same.sum() > len(same) / 2
    pd.testing.assert_frame_equal(scores[0].loc[same, columns], scores[1].loc[same, columns])
