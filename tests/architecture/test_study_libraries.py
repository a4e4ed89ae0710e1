"""Every library that computes something in the study is part of its fingerprint: an upgrade fits the models again."""

import ast
import sys

from pipeline.tasks.severity import TrainSeverityModel
from tests.architecture.tree import REPOSITORY

PACKAGES = {"sklearn": "scikit-learn"}
# They store, limit threads or distribute, and compute nothing.
NO_RESULT = {"joblib", "mlflow", "sqlalchemy", "threadpoolctl", "dask", "distributed"}
OWN = {"models", *sys.stdlib_module_names}


def test_libraries_of_the_study_are_in_its_fingerprint() -> None:
    imported = set()
    for path in (REPOSITORY / "models").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module)
    packages = {PACKAGES.get(name, name) for name in {name.partition(".")[0] for name in imported} - OWN} - NO_RESULT
    assert "scipy" in packages
    assert packages <= set(TrainSeverityModel.libraries)
