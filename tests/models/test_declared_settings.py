"""Each model declares the settings that it reads, which MLflow shows as the parameters of its run."""

from typing import Any

import pytest
from severity_frame import feature_table
from studies import SMALL

from models.severity.data.encoding import fit_encoder
from models.severity.estimators.compared import MODELS, ModelEntry

# Settings that choose where XGBoost runs, not what it computes.
PLACES = {"device", "dask_workers"}


class Recorder:
    """Settings that record which of them are read."""

    def __init__(self, settings: Any, read: set[str]) -> None:
        self.__dict__.update(_settings=settings, _read=read)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._settings, name)
        if name == "boosting":
            return Recorder(value, self._read)
        self._read.add(name)
        return value


@pytest.mark.parametrize("entry", MODELS, ids=[entry.name for entry in MODELS])
def test_a_model_declares_the_settings_that_it_reads(entry: ModelEntry) -> None:
    events = feature_table(300)
    encoder = fit_encoder(events, SMALL.selected_features(), SMALL.min_category_count)
    read: set[str] = set()
    settings: Any = Recorder(SMALL.model_settings(SMALL.boosting_settings()), read)
    entry.family.fit(events, events, encoder, settings)
    assert read - PLACES == set(entry.family.hyperparameters) - PLACES
