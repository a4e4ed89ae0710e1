"""Every knob of the severity study."""

from dataclasses import dataclass

from models.severity.data import feature_registry
from models.severity.data.feature_registry import Feature
from models.severity.errors import InvalidStudy

# The least that a knob can be.
MINIMUMS = {"max_depth": 1, "rounds": 1, "early_stopping_rounds": 1, "trees": 1} | dict.fromkeys(
    ("trials", "n_bootstrap", "backtest_windows", "min_case_age_days", "dask_workers"), 0
)
YEAR_ORDER = (
    ("first_year", "<", "validation_year"),
    ("validation_year", "<", "test_year"),
    ("test_year", "<=", "last_year"),
)


class InvalidSettings(InvalidStudy):
    """Knobs that no study can have; the message names all of them."""


@dataclass(frozen=True)
class BoostingSettings:
    """XGBoost's knobs; `rounds` is the most there may be, early stopping chooses."""

    seed: int
    max_depth: int
    learning_rate: float
    rounds: int
    early_stopping_rounds: int
    min_child_weight: float = 5
    subsample: float = 0.8
    colsample_bytree: float = 0.8
    reg_lambda: float = 1
    device: str = "cpu"
    dask_workers: int = 0


@dataclass(frozen=True)
class StudySettings:
    """Every knob of the study. `features` empty means: all that are known at `prediction_time`."""

    prediction_time: str = "T1"
    first_year: int = 1982
    validation_year: int = 2016
    test_year: int = 2019
    last_year: int = 2021
    min_case_age_days: int = 0
    backtest_windows: int = 5
    seed: int = 20190101
    max_depth: int = 5
    learning_rate: float = 0.08
    rounds: int = 400
    early_stopping_rounds: int = 30
    trees: int = 60
    trials: int = 0
    n_bootstrap: int = 300
    features: tuple[str, ...] = ()
    min_category_count: int = 20
    device: str = "cpu"
    dask_workers: int = 0

    def require_sense(self) -> None:
        """Raise NonsenseKnobs where a knob is out of its bounds, or years are not in order."""
        values = {
            name: getattr(self, name)
            for name in (*MINIMUMS, *(year for one, _, two in YEAR_ORDER for year in (one, two)))
        }
        faults = [
            f"{name}: {least} or more expected, {values[name]} found"
            for name, least in MINIMUMS.items()
            if values[name] < least
        ]
        if not 0 < self.learning_rate <= 1:
            faults.append(f"learning_rate: more than 0 and at most 1 expected, {self.learning_rate} found")
        faults += [
            f"{one} {sign} {two} expected, {values[one]} and {values[two]} found"
            for one, sign, two in YEAR_ORDER
            if values[one] > values[two] or (sign == "<" and values[one] == values[two])
        ]
        if faults:
            raise InvalidSettings(f"[Severity] and [Training]: {'; '.join(faults)}. Mend them in luigi.cfg.")

    def knobs(self) -> BoostingSettings:
        """The part of it that is XGBoost's."""
        stopping = self.early_stopping_rounds
        return BoostingSettings(
            self.seed,
            self.max_depth,
            self.learning_rate,
            self.rounds,
            early_stopping_rounds=stopping,
            device=self.device,
            dask_workers=self.dask_workers,
        )

    def chosen(self) -> tuple[Feature, ...]:
        """The features of the study; FeatureNotKnown where one is asked for too early."""
        if self.features:
            return tuple(feature_registry.require_features(self.features, self.prediction_time))
        return tuple(feature_registry.features_at(self.prediction_time))
