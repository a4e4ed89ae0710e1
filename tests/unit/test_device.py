"""Trees are grown where the knob says, or the study says why not."""

import pytest
import xgboost
from severity_frame import feature_table

from models.device import DeviceMissing, require_device
from models.fit import trees
from models.knobs import StudySettings
from models.study import run_study


def test_the_device_reaches_xgboost() -> None:
    assert trees(StudySettings(device="cuda").knobs())["device"] == "cuda"
    assert trees(StudySettings().knobs())["device"] == "cpu"
    require_device("cpu")


def test_xgboost_must_not_go_back_to_the_cpu_in_silence() -> None:
    if xgboost.build_info().get("USE_CUDA"):
        pytest.skip("this XGBoost is built for graphics cards: whether one is there decides")
    with pytest.raises(DeviceMissing, match="trees grown on cuda expected, on cpu found"):
        run_study(feature_table(60), StudySettings(device="cuda"))
