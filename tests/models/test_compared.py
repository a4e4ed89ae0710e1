"""A model is added in two files, and all outputs still describe the primary model."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from models.severity.estimators.compared import BASELINE, MODELS, PRIMARY, Role

REPOSITORY = Path(__file__).resolve().parents[2]
ADDED_CLASS = '''
"""A model that predicts equal probabilities."""

import numpy as np

from models.severity.estimators.base import ComparedModel


class Uniform(ComparedModel):
    """Predicts a quarter for each class."""

    @classmethod
    def fit(cls, train, validation, encoder, settings):
        return cls()

    def probabilities(self, events):
        return np.full((len(events), 4), 0.25)
'''
RUN_STUDY = """
import json
import sys
from pathlib import Path

from severity_frame import feature_table

from models.severity import artifacts, study
from models.severity.tracking import run_lookup, runs, test_ledger
from models.severity.tracking.model_registry import PromotionTerms
from reports.severity import findings, report
from reports.shared.data import Context, Inputs

folder = Path(sys.argv[1])
frame, tags = feature_table(400), {"fingerprint": "0123456789abcdef", "release": "r1"}
settings = study.StudySettings(rounds=5, early_stopping_rounds=3, n_bootstrap=5, backtest_windows=1, trees=3)
result = study.run_study(frame, settings)
names = artifacts.identity(result, frame, tags["fingerprint"])
artifacts.write_artifacts(result, folder / "study", names)
test_ledger.record_evaluation(folder / "ledger.csv", result, tags)
terms = PromotionTerms(releases={"r1": 1}, patience=3, log=folder / "promotions.csv")
stores = run_lookup.store_addresses("", folder)
run_id = runs.log_study(result, frame, folder / "study", stores, tags | artifacts.identity_tags(names), {}, terms)

import mlflow

client = mlflow.MlflowClient(stores[0])
version = client.get_model_version_by_alias("severity", "champion")
metrics = json.loads((folder / "study" / "metrics.json").read_text())
context = Context(release="r1", snapshot="s1", files=(), fingerprint=tags["fingerprint"], title="Severity")
summary = {
    "page": report.build(Inputs({}, metrics), context),
    "page_models": findings.models(metrics),
    "headline": findings.headline(metrics),
    "logged": client.get_run(run_id).data.metrics["test/log_loss"],
    "registered": [version.run_id, run_id],
}
(folder / "summary.json").write_text(json.dumps(summary))
"""


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The outputs of a study in a copy of the repository to which the model `uniform` was added."""
    tree, folder = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("outputs")
    for package in ("models", "reports"):
        shutil.copytree(REPOSITORY / package, tree / package, ignore=shutil.ignore_patterns("__pycache__"))
    estimators = tree / "models" / "severity" / "estimators"
    (estimators / "uniform.py").write_text(ADDED_CLASS)
    text = (estimators / "compared.py").read_text()
    end = "\n)\nNAMES ="
    assert text.count(end) == 1
    # Last, and with a name before "xgboost" in the alphabet.
    text = text.replace(end, '\n    ModelEntry("uniform", Role.COMPARISON, Uniform),' + end)
    (estimators / "compared.py").write_text("from models.severity.estimators.uniform import Uniform\n" + text)
    path = os.pathsep.join([str(tree), str(Path(__file__).parent)])
    subprocess.run(
        [sys.executable, "-c", RUN_STUDY, str(folder)], cwd=tree, env=os.environ | {"PYTHONPATH": path}, check=True
    )
    return folder


def read(outputs: Path, name: str) -> Any:
    return json.loads((outputs / name).read_text())


def test_roles_are_assigned_once() -> None:
    for role in (Role.PRIMARY, Role.BASELINE, Role.FATAL):
        assert sum(entry.role == role for entry in MODELS) == 1
    assert len({entry.name for entry in MODELS}) == len(MODELS)
    assert (BASELINE, PRIMARY) == ("class shares", "xgboost")


def test_an_added_model_is_evaluated_beside_the_others(outputs: Path) -> None:
    metrics = read(outputs, "study/metrics.json")
    assert set(metrics["metrics"]) == {"uniform", *(entry.name for entry in MODELS)}
    assert metrics["metrics"]["uniform"]["test"]["log_loss"] == pytest.approx(1.386294, abs=1e-6)
    assert metrics["primary_model"] == PRIMARY


def test_outputs_describe_the_primary_model(outputs: Path) -> None:
    summary, metrics = read(outputs, "summary.json"), read(outputs, "study/metrics.json")
    primary = metrics["metrics"][PRIMARY]["test"]
    assert f"| model | {PRIMARY}, {metrics['rounds']} rounds" in (outputs / "study" / "model_card.md").read_text()
    assert summary["page_models"][-1] == PRIMARY and "uniform" in summary["page_models"]
    assert f"fatal AUC {primary['fatal_roc_auc']:.3f}" in summary["headline"]
    assert "uniform" in summary["page"]
    assert summary["logged"] == pytest.approx(primary["log_loss"], abs=1e-6)
    assert summary["registered"][0] == summary["registered"][1]
    (line,) = csv.DictReader((outputs / "ledger.csv").open())
    assert line["log_loss"] == f"{primary['log_loss']:.6f}"
