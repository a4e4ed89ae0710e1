"""Nothing but the evaluation on test depends on the test events: no model, choice or metric of earlier years."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from severity_frame import feature_table

from models.severity.config import StudySettings
from models.severity.data.feature_registry import features_at
from models.severity.evaluation.decision_rules import TUNED_RULE
from models.severity.study import Study, run_study

QUICK = StudySettings(rounds=25, early_stopping_rounds=5, n_bootstrap=5, trees=4, backtest_windows=1, n_seeds=2)
# Sections that are computed before the models see the test events.
SECTIONS = (
    *("backtest", "backtest_average", "eras", "random_split_comparison", "negative_controls", "single_feature_auc"),
    *("rounds", "seeds", "thresholds", "features", "primary_model", "excluded", "split_id"),
)
OF_DAY_7 = ("backtest", "backtest_average", "eras")


def other_test_events(table: pd.DataFrame) -> pd.DataFrame:
    """The table with other labels and other values of every feature in the test years, new categories among them."""
    is_test = (table["ev_year"] >= QUICK.test_year) & table["has_injury_record"]
    changed = table.copy()
    for number, column in enumerate(["severity", *(feature.column for feature in features_at("T1"))]):
        order = np.random.default_rng(number).permutation(int(is_test.sum()))
        changed.loc[is_test, column] = table.loc[is_test, column].array[order]
    return changed.assign(make=changed["make"].where(~is_test, "a make of the test years"))


@cache
def studies() -> tuple[Study, Study]:
    table = feature_table(1000)
    return run_study(table, QUICK), run_study(other_test_events(table), QUICK)


def choices(study: Study) -> dict[str, Any]:
    """What is chosen or computed on the years before test."""
    results = study.to_dict()
    values = {name: results[name] for name in SECTIONS} | {
        f"day 7, {name}": results["day_7"][name] for name in OF_DAY_7
    }
    for record, sections in (("closed", results), ("day-7", results["day_7"])):
        values |= {
            f"{record}, validation": {name: parts["validation"] for name, parts in sections["metrics"].items()},
            f"{record}, weights of classes": sections["decision_rules"][TUNED_RULE]["weights"],
            f"{record}, thresholds of fatal": [one["decision_rule"] for one in sections["fatal"].values()],
            f"{record}, scaling": [sections["calibration"][name] for name in ("slope", "shifts", "events")],
            f"{record}, sets": sections["conformal_sets"]["thresholds"],
        }
    return values


def test_the_test_events_were_changed() -> None:
    first, second = (study.metrics["xgboost"]["test"] for study in studies())
    assert first["log_loss"] != second["log_loss"] and first["fatal_roc_auc"] != second["fatal_roc_auc"]
    assert studies()[0].test_id != studies()[1].test_id


def test_models_do_not_depend_on_the_test_events() -> None:
    first, second = studies()
    assert first.booster_bytes() == second.booster_bytes() and first.encoding() == second.encoding()
    events = first.split.before()
    for name, model in first.models.items():
        np.testing.assert_array_equal(
            model.probabilities(events), second.models[name].probabilities(events), err_msg=name
        )


def test_choices_and_earlier_metrics_do_not_depend_on_the_test_events() -> None:
    first, second = map(choices, studies())
    assert [name for name in first if first[name] != second[name]] == []


def test_predictions_before_test_do_not_depend_on_the_test_events() -> None:
    first, second = (study.predictions[~study.predictions["part"].isin(["test", "test, day-7"])] for study in studies())
    pd.testing.assert_frame_equal(first, second)
