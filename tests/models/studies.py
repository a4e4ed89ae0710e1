"""Studies and artifacts that several modules read, computed once per process."""

import shutil
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from severity_frame import feature_table

from models.severity import artifacts
from models.severity.study import Study, StudySettings, run_study

SMALL = StudySettings(rounds=20, early_stopping_rounds=5, n_bootstrap=5, backtest_windows=0, trees=5)
# With the backtest and intervals of every section.
COMPLETE = StudySettings(rounds=25, early_stopping_rounds=5, n_bootstrap=20, trees=15)
# Enough fatal events in each partition to evaluate every leakage check.
EVENTS = 1500
# {(metrics, names): folder}; the folders are deleted when the process ends.
_written: dict[tuple[str, tuple[tuple[str, str], ...]], tempfile.TemporaryDirectory[str]] = {}


@cache
def standard_study(settings: StudySettings = SMALL) -> Study:
    """A study of feature_table(EVENTS) by unchanged code; no test changes it."""
    return run_study(feature_table(EVENTS), settings)


def write_artifacts(study: Study, folder: Path, names: Mapping[str, str]) -> None:
    """Writes the artifacts, or copies those of an equal study with equal names: the plots take seconds."""
    key = (study.json(), tuple(sorted(names.items())))
    if key not in _written:
        _written[key] = tempfile.TemporaryDirectory()
        artifacts.write_artifacts(study, Path(_written[key].name), names)
    shutil.copytree(_written[key].name, folder, dirs_exist_ok=True)
