"""Which knobs a trial gets.

Its number decides its dice, so that no worker, and none that begins again, tries what another has tried.
"""

from typing import Any

import numpy as np
import optuna
from optuna.trial import FrozenTrial


class TrialSeededTPESampler(optuna.samplers.BaseSampler):
    """Optuna's TPE with new dice for each trial, seeded with its number."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._tpe = optuna.samplers.TPESampler(seed=seed)

    def before_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:
        """Takes the dice of this trial."""
        state = np.random.SeedSequence([self._seed, trial.number]).generate_state(1)
        self._tpe = optuna.samplers.TPESampler(seed=int(state[0]))
        self._tpe.before_trial(study, trial)

    def infer_relative_search_space(self, *given: Any) -> Any:
        """As TPE does."""
        return self._tpe.infer_relative_search_space(*given)

    def sample_relative(self, *given: Any) -> Any:
        """As TPE does."""
        return self._tpe.sample_relative(*given)

    def sample_independent(self, *given: Any) -> Any:
        """As TPE does."""
        return self._tpe.sample_independent(*given)

    def after_trial(self, *given: Any) -> None:
        """As TPE does."""
        self._tpe.after_trial(*given)
