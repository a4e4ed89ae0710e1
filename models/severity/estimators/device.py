"""Where trees are grown: `cpu`, or `cuda` on a graphics card."""

import json

import numpy as np
import xgboost

from models.severity.errors import InvalidStudy


class DeviceUnavailable(InvalidStudy):
    """The device that was asked for is not there, or this build of XGBoost cannot use it."""


def require_device(device: str) -> None:
    """Raise DeviceMissing unless trees can be grown there.

    XGBoost goes back to the CPU without an error: a study would then bear a knob that did not decide it.
    """
    if device == "cpu":
        return
    probe = xgboost.DMatrix(np.eye(4), label=np.arange(4) % 2, nthread=1)
    booster = xgboost.train({"device": device, "tree_method": "hist", "verbosity": 0, "nthread": 1}, probe, 1)
    found = json.loads(booster.save_config())["learner"]["generic_param"]["device"]
    if found.partition(":")[0] != device:
        built = "with" if xgboost.build_info().get("USE_CUDA") else "without"
        raise DeviceUnavailable(
            f"[Training] device = {device}: trees grown on {device} expected, on {found} found; this XGBoost is built "
            f"{built} CUDA. Install `xgboost` in place of `xgboost-cpu` where there is a card, or set device = cpu."
        )
