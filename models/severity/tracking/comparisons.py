"""Comparisons of a study's model with the baselines and with registered versions, all on the study's test set."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.severity import scoring
from models.severity.data.encoding import Matrix, labels
from models.severity.estimators.compared import BASELINES
from models.severity.study import Study
from models.severity.tracking import promotion
from models.severity.tracking.promotion import Comparison

FILES_ARE_GONE = (
    "its files are gone; restore them, or choose a champion with `python -m pipeline promote VERSION --reason TEXT`"
)
MODEL_FILES = ("model.ubj", "encoding.json", "identity.json", "metrics.json")


def compare_with_best_baseline(study: Study, evaluations: int) -> Comparison:
    """Return the comparison with the baseline that has the lowest log loss on test."""
    others = {name: study.models[name].probabilities(study.split.test) for name in BASELINES}
    return _compare_with_best(study, others, evaluations)


def compare_with_versions(
    mlflow: Any, study: Study, champion: Any, former: list[Any], evaluations: int
) -> tuple[Comparison | None, Comparison | None, str]:
    """Return (comparison with the champion, with the best of all champions, why the champion is not comparable).

    `champion` and the `former` champions are model versions. Former ones that cannot be compared are ignored; if the
    files of one are gone, which one was best is not known. `evaluations`: models evaluated on the test set so far.
    """
    probabilities, reason = probabilities_on_test(mlflow, study, champion)
    if probabilities is None:
        return None, None, reason
    name = f"version {champion.version}"
    others = {name: probabilities}
    are_known = True
    for version in former:
        earlier, reason = probabilities_on_test(mlflow, study, version)
        if earlier is not None:
            others[f"version {version.version}"] = earlier
        are_known &= reason != FILES_ARE_GONE
    best = _compare_with_best(study, others, evaluations) if are_known else None
    return _compare(study, name, probabilities, evaluations), best, ""


def probabilities_on_test(mlflow: Any, study: Study, version: Any) -> tuple[Matrix | None, str]:
    """Return a version's probabilities of the study's test events, or None and why they cannot be compared."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if not _download_model(mlflow, version.run_id, folder):
            return None, FILES_ARE_GONE
        scorer = scoring.load_scorer(folder)
        settings = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))["settings"]
    reason = _reason_not_comparable(settings, scorer, study)
    return (None, reason) if reason else (scorer.model.probabilities(study.split.test), "")


def _compare(study: Study, name: str, probabilities: Matrix, evaluations: int) -> Comparison:
    truth, own, settings = labels(study.split.test), study.model.probabilities(study.split.test), study.settings
    return promotion.compare(truth, own, probabilities, settings.n_bootstrap, settings.seed, name, evaluations)


def _compare_with_best(study: Study, others: Mapping[str, Matrix], evaluations: int) -> Comparison:
    """Return the comparison with the model of the lowest log loss: the one to which the difference is largest."""
    comparisons = [_compare(study, name, probabilities, evaluations) for name, probabilities in others.items()]
    return max(comparisons, key=lambda comparison: comparison.difference)


def _download_model(mlflow: Any, run_id: str, folder: Path) -> bool:
    """Download a run's model files to `folder`; return False if they no longer exist."""
    try:
        for name in MODEL_FILES:
            mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=name, dst_path=str(folder))
    except (OSError, mlflow.exceptions.MlflowException):
        return False
    return True


def _reason_not_comparable(settings: Mapping[str, Any], other: scoring.Scorer, study: Study) -> str:
    """Return why a version cannot be evaluated on the study's test set, or an empty string if it can."""
    missing = [name for name in other.model.encoder.names if name not in study.split.test]
    if missing:
        return f"it needs {', '.join(missing)}, which the feature table does not have"
    if settings["test_year"] > study.settings.test_year:
        return (
            f"it was fitted on events before {settings['test_year']}, "
            f"but the test set begins in {study.settings.test_year}"
        )
    return ""
