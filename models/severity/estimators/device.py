"""Check that XGBoost can train on the requested device: `cpu`, or `cuda` for an NVIDIA GPU."""

import json

import numpy as np
import xgboost

from models.severity.errors import InvalidStudy


class DeviceUnavailable(InvalidStudy):
    """The requested device is absent, or this build of XGBoost does not support it."""


def require_device(device: str) -> None:
    """Raise DeviceUnavailable unless XGBoost can train on `device`; it would fall back to the CPU without an error."""
    if device == "cpu":
        return
    sample = xgboost.DMatrix(np.eye(4), label=np.arange(4) % 2, nthread=1)
    booster = xgboost.train({"device": device, "tree_method": "hist", "verbosity": 0, "nthread": 1}, sample, 1)
    actual = json.loads(booster.save_config())["learner"]["generic_param"]["device"]
    if actual.partition(":")[0] != device:
        built = "with" if xgboost.build_info().get("USE_CUDA") else "without"
        raise DeviceUnavailable(
            f"[Training] device = {device}: expected training on {device}, found {actual} (XGBoost is built {built} "
            "CUDA); install `xgboost` instead of `xgboost-cpu` on a machine with a GPU, or set device = cpu."
        )
