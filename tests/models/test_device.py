"""XGBoost trains on the device of the settings, or the study fails."""

from pathlib import Path

import pytest
import xgboost
from severity_frame import feature_table

from models.severity.config import StudySettings
from models.severity.estimators.boosting import DeviceUnavailable, require_device, tree_parameters
from models.severity.study import run_study
from models.severity.training_run import train
from pipeline.errors import StudyFailed
from pipeline.tasks.severity import study_errors

NO_CUDA = "expected training on cuda, found cpu.*set device = cpu"


@pytest.fixture
def without_cuda() -> None:
    if xgboost.build_info().get("USE_CUDA"):
        pytest.skip("XGBoost is built with CUDA, so the result depends on whether there is a GPU")


def test_device_setting_is_passed_to_xgboost() -> None:
    assert tree_parameters(StudySettings(device="cuda").boosting_settings())["device"] == "cuda"
    assert tree_parameters(StudySettings().boosting_settings())["device"] == "cpu"
    require_device("cpu")


def test_silent_fallback_to_the_cpu_is_an_error(without_cuda: None) -> None:
    with pytest.raises(DeviceUnavailable, match=NO_CUDA):
        run_study(feature_table(60), StudySettings(device="cuda"))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"device": "cuda"}, NO_CUDA),
        ({"dask_workers": 2}, "expected both or none"),
        ({"first_year": 2030}, "expected first_year < validation_year"),
    ],
)
def test_task_reports_the_error_and_leaves_no_files(
    settings: dict[str, object], message: str, tmp_path: Path, without_cuda: None
) -> None:
    feature_table(60).to_parquet(table := tmp_path / "features.parquet")
    promotion = {"releases": {}, "patience": 3, "log": tmp_path / "promotions.csv"}
    stores, services = ("sqlite:///none", None), {"tuning_storage": "", "dask_scheduler": ""}
    # An error that the run shows without a traceback.
    with pytest.raises(StudyFailed, match=message), study_errors():
        train(table, tmp_path / "study", settings, services, stores, {}, promotion, tmp_path / "ledger.csv")
    assert [path.name for path in tmp_path.iterdir()] == [table.name]
