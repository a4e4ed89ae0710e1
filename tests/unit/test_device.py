"""Trees are grown where the knob says, or the study says why not."""

from pathlib import Path

import pytest
import xgboost
from severity_frame import feature_table

from models.severity import training_run
from models.severity.config import StudySettings
from models.severity.errors import InvalidStudy
from models.severity.estimators.boosting import tree_parameters
from models.severity.estimators.device import DeviceUnavailable, require_device
from models.severity.study import run_study

FOUND = "trees grown on cuda expected, on cpu found.*set device = cpu"


@pytest.fixture
def without_cuda() -> None:
    if xgboost.build_info().get("USE_CUDA"):
        pytest.skip("this XGBoost is built for graphics cards: whether one is there decides")


def test_the_device_reaches_xgboost() -> None:
    assert tree_parameters(StudySettings(device="cuda").knobs())["device"] == "cuda"
    assert tree_parameters(StudySettings().knobs())["device"] == "cpu"
    require_device("cpu")


def test_xgboost_must_not_go_back_to_the_cpu_in_silence(without_cuda: None) -> None:
    with pytest.raises(DeviceUnavailable, match=FOUND):
        run_study(feature_table(60), StudySettings(device="cuda"))


@pytest.mark.parametrize(
    ("knobs", "sentence"),
    [
        ({"device": "cuda"}, FOUND),
        ({"dask_workers": 2}, "both or none expected"),
        ({"first_year": 2030}, "first_year < validation_year expected"),
    ],
)
def test_a_run_shows_the_sentence_and_leaves_nothing(
    knobs: dict[str, object], sentence: str, tmp_path: Path, without_cuda: None
) -> None:
    feature_table(60).to_parquet(table := tmp_path / "features.parquet")
    stores, workers = ("sqlite:///none", None), {"tuning_storage": "", "dask_scheduler": ""}
    with pytest.raises(InvalidStudy, match=sentence):
        training_run.train(table, tmp_path / "study", knobs, workers, stores, {}, {}, tmp_path / "ledger.csv")
    assert [path.name for path in tmp_path.iterdir()] == [table.name]
