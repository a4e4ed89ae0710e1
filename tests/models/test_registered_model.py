"""The registered model scores raw rows of the feature table, here and in an environment without this project."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tracking_store import TrackingStore

from models.severity.data.population import CLASSES
from models.severity.study import Study

SCRIPT = """
import json, sys
import mlflow, pandas as pd
model, rows, output = sys.argv[1:]
assert not any(name.split(".")[0] in ("models", "pipeline", "luigi") for name in sys.modules)
pd.DataFrame(mlflow.pyfunc.load_model(model).predict(pd.read_parquet(rows))).to_parquet(output)
assert not any(name.split(".")[0] in ("models", "pipeline") for name in sys.modules)
"""


@pytest.fixture(scope="module")
def model(store: TrackingStore, run_id: str) -> Any:
    import mlflow

    mlflow.set_tracking_uri(store.uri)
    return mlflow.pyfunc.load_model("models:/severity@champion")


def require_equal(predicted: pd.DataFrame, study: Study, events: pd.DataFrame) -> None:
    """Equal to the last bit to the study's probabilities, with labels."""
    assert list(predicted.columns) == [*CLASSES, "predicted"]
    expected = study.model.probabilities(events)
    np.testing.assert_array_equal(predicted[list(CLASSES)].to_numpy(), expected)
    assert predicted["predicted"].tolist() == [CLASSES[index] for index in expected.argmax(axis=1)]
    np.testing.assert_allclose(predicted[list(CLASSES)].sum(axis=1), 1)


def test_raw_rows_give_the_probabilities_of_the_study(model: Any, study: Study, frame: pd.DataFrame) -> None:
    require_equal(model.predict(frame), study, frame)


def test_rows_in_other_types_of_the_same_kind_give_the_same(model: Any, study: Study, frame: pd.DataFrame) -> None:
    """As read from Parquet, JSON, or written by hand: integers, no value at all, nullable types, unknown categories."""
    rows = frame.head(40).assign(month=range(40), hour=None, make="never seen", state=None, is_homebuilt=True)
    # A judgment that is no input.
    rows["phase"] = ["undetermined"] * 20 + rows["phase"].tolist()[20:]
    rows["ceiling_ft"] = rows["ceiling_ft"].astype("float32")
    require_equal(model.predict(rows), study, rows)
    require_equal(model.predict(rows.convert_dtypes()), study, rows)
    records = pd.DataFrame(json.loads(rows.drop(columns="ev_date").to_json(orient="records", double_precision=15)))
    assert model.predict(records.assign(ceiling_ft=rows["ceiling_ft"].to_numpy())).shape == (40, 5)
    one = frame.iloc[[7]].drop(columns=["ev_id", "severity"])
    require_equal(model.predict(one), study, one)
    assert model.predict(frame.head(0)).shape == (0, 5)


def test_predictions_keep_the_index_of_the_rows(model: Any, frame: pd.DataFrame) -> None:
    by_id = frame.set_index("ev_id")
    assert model.predict(by_id).index.equals(by_id.index)


def test_all_invalid_columns_are_reported(model: Any, frame: pd.DataFrame) -> None:
    rows = frame.head(3).assign(month="May", state=5.0, is_homebuilt="yes", hour=np.inf)
    with pytest.raises(ValueError) as error:
        model.predict(rows)
    assert all(f"{name}: expected" in str(error.value) for name in ("month", "state", "is_homebuilt", "hour"))
    with pytest.raises(Exception, match="month"):
        model.predict(frame.drop(columns="month"))


@pytest.fixture(scope="module")
def environment(store: TrackingStore, run_id: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the model's own requirements only; returns its interpreter."""
    import mlflow

    mlflow.set_tracking_uri(store.uri)
    requirements = mlflow.pyfunc.get_model_dependencies("models:/severity@champion")
    folder = tmp_path_factory.mktemp("fresh") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    options = ["--no-compile", "--only-binary", ":all:", "--retries", "1", "-r", requirements]
    result = subprocess.run([*pip, *options], capture_output=True, text=True, check=False)
    if result.returncode:
        pytest.skip(f"no package index is reachable: {result.stderr[-300:]}")
    return folder / "bin" / "python"


def test_the_model_predicts_in_a_fresh_environment_without_the_project(
    environment: Path, store: TrackingStore, study: Study, frame: pd.DataFrame, tmp_path: Path
) -> None:
    frame.to_parquet(tmp_path / "rows.parquet")
    variables = {name: text for name, text in os.environ.items() if not name.startswith(("PYTHON", "MLFLOW"))}
    subprocess.run(
        [str(environment), "-c", SCRIPT, "models:/severity@champion", "rows.parquet", "predicted.parquet"],
        env=variables | {"MLFLOW_TRACKING_URI": store.uri, "MLFLOW_DISABLE_TELEMETRY": "true"},
        cwd=tmp_path,
        check=True,
    )
    require_equal(pd.read_parquet(tmp_path / "predicted.parquet"), study, frame)
