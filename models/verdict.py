"""The judgement of a study: every table of figures, and the gates that its figures must pass."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from models import alarms, bootstrap, calibrate, controls, decide, fatal, groups, judge, rolling
from models.bootstrap import FATAL
from models.candidates import BASELINE, PRODUCT, Candidates
from models.encode import Matrix, labels
from models.exceptions import load_exceptions, sort_out
from models.jobs import together
from models.knobs import Knobs, StudySettings
from models.split import Split

YES_NO = "xgboost, asked yes or no"
Said = dict[str, Matrix]


@dataclass(frozen=True)
class Verdict:
    """Figures of a study, as plain values.

    `metrics`: model -> part -> figures (models/judge.py). `paired`: other model -> figure -> XGBoost minus the other on
    test. `fatal`: model -> figures of the yes-no question. `rules`: decision rule -> figures. `calibration`: XGBoost as
    it comes and scaled on held-out years.
    `origins`, `eras`, `random_split`: models/rolling.py, all before the test. `subgroups`: column -> group -> figures.
    """

    metrics: dict[str, dict[str, Any]]
    paired: dict[str, Any]
    fatal: dict[str, Any]
    rules: dict[str, Any]
    calibration: dict[str, Any]
    origins: list[dict[str, Any]]
    eras: dict[str, Any]
    subgroups: dict[str, Any]
    random_split: dict[str, Any]
    controls: dict[str, Any]


@dataclass(frozen=True)
class Gates:
    """Alarms that stop promotion, those that exceptions.toml excuses, and the figures of single features and blanks."""

    alarms: list[str]
    excused: list[str]
    single_features: dict[str, float]
    single_features_intervals: dict[str, bootstrap.Interval]
    blank_flags: float | None
    blank_flags_interval: bootstrap.Interval | None


def reach(settings: StudySettings, knobs: Knobs, parts: Split, early: Candidates, final: Candidates) -> Verdict:
    """Judge the models that learned on train on validation, and those fitted again on test."""
    before, features = parts.before(), final.boosted.encoder.features
    said_early = {name: model.probabilities(parts.validation) for name, model in early.models.items()}
    said = {name: model.probabilities(parts.test) for name, model in final.models.items()}
    truth_early, truth = labels(parts.validation), labels(parts.test)
    draws, seed = settings.bootstrap_draws, settings.seed
    product = said[PRODUCT]
    windows = rolling.roll(before, features, settings, knobs)
    jobs: dict[str, Callable[[], Any]] = {
        "random_split": lambda: rolling.compare_random(before, features, windows, settings, knobs),
        "rules": lambda: decide.compare_rules(said_early[PRODUCT], final.boosted, parts, knobs, settings),
        "controls": lambda: controls.run(
            parts.train, parts.validation, features, settings.smallest_category, knobs, draws
        ),
        "metrics": lambda: _metrics(truth_early, said_early, truth, said, settings),
        "paired": lambda: _paired(truth, said, settings),
        "fatal": lambda: _fatal(parts, early, final, said_early, said, settings),
        "calibration": lambda: calibrate.compare(truth_early, said_early[PRODUCT], truth, product, draws, seed),
        "origins": lambda: rolling.origins(windows, settings),
        "eras": lambda: rolling.eras(windows, settings),
        "subgroups": lambda: groups.subgroups(parts.test, product, said[BASELINE], settings),
    }
    return Verdict(**dict(zip(jobs, together(list(jobs.values())), strict=True)))


def gates(settings: StudySettings, parts: Split, final: Candidates, found: Verdict) -> Gates:
    """Every gate at once."""
    features, before = final.boosted.encoder.features, parts.before()
    draws, seed = settings.bootstrap_draws, settings.seed
    single = alarms.single_features(before, features, settings.smallest_category, seed, draws)
    areas, spans = ({name: getattr(area, what) for name, area in single.items()} for what in ("figure", "interval"))
    blanks = alarms.blank_flags(before, features, seed, draws)
    blank, span = (blanks.figure, blanks.interval) if blanks else (None, None)
    raised = [alarm for name, judged in found.metrics.items() for alarm in alarms.too_good(name, judged["test"])]
    rules = {name: judged for name, judged in found.rules.items() if name != judge.DECISION_RULE}
    raised += [alarm for name, judged in rules.items() for alarm in alarms.too_good(f"{PRODUCT}, {name}", judged)]
    raised += alarms.too_good_a_yes_or_no(YES_NO, found.fatal[YES_NO])
    raised += alarms.suspicious(areas, blank) + controls.raised(found.controls)
    stopping, excused = sort_out(raised, settings.moment, load_exceptions())
    return Gates(stopping, excused, areas, spans, blank, span)


def _metrics(
    truth_early: bootstrap.Labels, early: Said, truth: bootstrap.Labels, final: Said, settings: StudySettings
) -> dict[str, dict[str, Any]]:
    """Model -> part -> figures; the skill is against the class shares of the same part."""
    found: dict[str, dict[str, Any]] = {}
    for part, said, actual in (("validation", early, truth_early), ("test", final, truth)):
        for name, given in said.items():
            draws, seed = settings.bootstrap_draws, settings.seed
            found.setdefault(name, {})[part] = judge.judge(actual, given, draws, seed, baseline=said[BASELINE])
    return found


def _paired(truth: bootstrap.Labels, said: Said, settings: StudySettings) -> dict[str, Any]:
    """Other model -> figure -> XGBoost minus the other."""
    draws, seed = settings.bootstrap_draws, settings.seed
    others = {name: given for name, given in said.items() if name != PRODUCT}
    return {name: bootstrap.paired(truth, said[PRODUCT], given, draws, seed) for name, given in others.items()}


def _fatal(
    parts: Split, early: Candidates, final: Candidates, said_early: Said, said: Said, settings: StudySettings
) -> dict[str, Any]:
    """Every model's probability of FATL as an answer to yes or no, and the model that was asked only that."""
    asked = {name: given[:, FATAL] for name, given in said.items()}
    asked_early = {name: given[:, FATAL] for name, given in said_early.items()}
    asked[YES_NO], asked_early[YES_NO] = final.ordinal.fatal(parts.test), early.ordinal.fatal(parts.validation)
    died_early, died = labels(parts.validation) == FATAL, labels(parts.test) == FATAL
    found = {}
    for name, given in asked.items():
        threshold = fatal.choose_threshold(died_early, asked_early[name])
        draws, seed = settings.bootstrap_draws, settings.seed
        found[name] = fatal.judge_fatal(died, np.asarray(given), threshold, draws, seed, asked[BASELINE])
    return found
