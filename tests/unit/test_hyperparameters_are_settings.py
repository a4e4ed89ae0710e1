"""No number that a model is fitted with is a constant of its module: all are settings, and so parameters of the run."""

import ast
from dataclasses import fields

from models.severity.config import ModelSettings, StudySettings
from tests.architecture.tree import REPOSITORY

# Numbers that are no hyperparameters: a bound against infinite losses, and seconds of waiting for a cluster.
OTHER = {"MIN_PROBABILITY", "TIMEOUT_S"}


def test_estimators_and_their_training_data_have_no_numeric_constants() -> None:
    constants = [
        f"{path.name}: {target.id}"
        for folder in ("estimators", "data")
        for path in sorted((REPOSITORY / "models" / "severity" / folder).glob("*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(node.value.value, int | float) and isinstance(target, ast.Name) and target.id not in OTHER
    ]
    assert constants == []


def test_every_hyperparameter_is_a_setting_of_the_study() -> None:
    names = {field.name for field in fields(StudySettings)}
    assert {field.name for field in fields(ModelSettings)} - {"boosting"} <= names
    settings = StudySettings(max_samples=0.25, n_powers=2, recent_years=5)
    hyperparameters = settings.model_settings(settings.boosting_settings())
    assert (hyperparameters.max_samples, hyperparameters.n_powers, hyperparameters.recent_years) == (0.25, 2, 5)
