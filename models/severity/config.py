"""Settings of the severity study."""

from dataclasses import dataclass, fields

from models.severity.data import feature_registry
from models.severity.data.feature_registry import Features
from models.severity.errors import InvalidStudy

# Smallest value allowed for each setting.
MINIMUMS = dict.fromkeys(("max_depth", "rounds", "early_stopping_rounds", "trees", "min_category_count", "n_seeds"), 1)
MINIMUMS |= dict.fromkeys(("n_quantiles", "max_categories"), 2) | dict.fromkeys(("n_powers", "recent_years"), 1)
MINIMUMS |= dict.fromkeys(("trials", "n_bootstrap", "backtest_windows", "min_case_age_days", "dask_workers"), 0)
MINIMUMS |= dict.fromkeys(("min_child_weight", "reg_lambda", "recency_half_life_y"), 0)
YEAR_ORDER = (
    ("first_year", "<", "validation_year"),
    ("validation_year", "<", "test_year"),
    ("test_year", "<=", "last_year"),
)


class InvalidSettings(InvalidStudy):
    """Settings out of bounds or in contradiction; the message lists all of them."""


@dataclass(frozen=True)
class BoostingSettings:
    """All hyperparameters of XGBoost; tuning replaces some. `rounds` is an upper bound for early stopping.

    The masked shares and `recency_half_life_y` apply to the training of every model: see EncodedEvents.for_training.
    """

    seed: int = 20190101
    max_depth: int = 5
    learning_rate: float = 0.08
    rounds: int = 400
    early_stopping_rounds: int = 30
    device: str = "cpu"
    dask_workers: int = 0
    min_child_weight: float = 5
    subsample: float = 0.8
    colsample_bytree: float = 0.8
    reg_lambda: float = 1
    masked_share: float = 0.5
    masked_block_share: float = 0.75
    masked_judgment_share: float = 0.1
    recency_half_life_y: float = 16


@dataclass(frozen=True)
class ComparisonSettings:
    """Hyperparameters of the models that XGBoost is compared with.

    `trees`, `min_samples_leaf` and `max_samples` are those of the random forest; `inverse_regularization` (C),
    `n_quantiles`, `n_powers` and `max_categories` those of the logistic regression; `recent_years` that of the recent
    shares.
    """

    trees: int = 60
    min_samples_leaf: int = 10
    max_samples: float = 0.5
    inverse_regularization: float = 0.1
    n_quantiles: int = 100
    n_powers: int = 3
    max_categories: int = 40
    recent_years: int = 3


@dataclass(frozen=True, kw_only=True)
class ModelSettings(ComparisonSettings):
    """Hyperparameters of all models."""

    boosting: BoostingSettings


@dataclass(frozen=True)
class StudySettings(BoostingSettings, ComparisonSettings):
    """All settings of the study. Empty `features` selects every feature known at `prediction_time`."""

    prediction_time: str = "T1"
    first_year: int = 1982
    validation_year: int = 2016
    test_year: int = 2019
    last_year: int = 2021
    min_case_age_days: int = 0
    backtest_windows: int = 5
    n_seeds: int = 1
    trials: int = 0
    n_bootstrap: int = 300
    features: tuple[str, ...] = ()
    min_category_count: int = 20

    def validate(self) -> None:
        """Raise InvalidSettings if a setting is out of bounds or the years are not in order."""
        problems = [
            f"{name}: expected {minimum} or more, found {getattr(self, name)}"
            for name, minimum in MINIMUMS.items()
            if getattr(self, name) < minimum
        ]
        problems += [
            f"{name}: expected more than 0 and at most 1, found {getattr(self, name)}"
            for name in ("learning_rate", "subsample", "colsample_bytree", "max_samples")
            if not 0 < getattr(self, name) <= 1
        ]
        problems += [
            f"{name}: expected 0 to 1, found {getattr(self, name)}"
            for name in ("masked_share", "masked_block_share", "masked_judgment_share")
            if not 0 <= getattr(self, name) <= 1
        ]
        if self.inverse_regularization <= 0:
            problems.append(f"inverse_regularization: expected more than 0, found {self.inverse_regularization}")
        for earlier, sign, later in YEAR_ORDER:
            first, second = getattr(self, earlier), getattr(self, later)
            if first > second or (sign == "<" and first == second):
                problems.append(f"years: expected {earlier} {sign} {later}, found {first} and {second}")
        if problems:
            raise InvalidSettings(f"[Severity] and [Training]: {'; '.join(problems)}; correct them in luigi.cfg.")

    def boosting_settings(self) -> BoostingSettings:
        """Return the hyperparameters of XGBoost."""
        return BoostingSettings(**{field.name: getattr(self, field.name) for field in fields(BoostingSettings)})

    def model_settings(self, boosting: BoostingSettings) -> ModelSettings:
        """Return the hyperparameters of all models, with those of XGBoost as passed."""
        others = {field.name: getattr(self, field.name) for field in fields(ComparisonSettings)}
        return ModelSettings(boosting=boosting, **others)

    def selected_features(self) -> Features:
        """Return the features of the study; raise FeatureNotAvailable if one is unknown at `prediction_time`."""
        if self.features:
            return tuple(feature_registry.require_features(self.features, self.prediction_time))
        return tuple(feature_registry.features_at(self.prediction_time))
