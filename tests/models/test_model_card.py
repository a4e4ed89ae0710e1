"""A study as files: the same bytes again, and cards that say what the figures say."""

import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from severity_frame import feature_table

from models.severity import artifacts, model_card
from models.severity.study import Study, StudySettings, run_study
from tests.results import sha256s

QUICK = StudySettings(rounds=20, early_stopping_rounds=5, n_bootstrap=5, backtest_windows=0, trees=5)


@cache
def study() -> Study:
    return run_study(feature_table(600), QUICK)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("study")
    artifacts.write_artifacts(study(), place, artifacts.identity(study(), feature_table(600), "0123456789abcdef"))
    return place


def test_same_table_same_knobs_same_bytes_of_model_figures_pictures_and_cards(folder: Path, tmp_path: Path) -> None:
    table = feature_table(600).sample(frac=1, random_state=5)
    again = run_study(table, QUICK)
    artifacts.write_artifacts(again, tmp_path, artifacts.identity(again, table, "0123456789abcdef"))
    assert sha256s(tmp_path, "*") == sha256s(folder, "*")
    named = {"model.ubj", "metrics.json", "explanation.json", "identity.json", "model_card.md", "tripod.md"}
    assert named <= set(sha256s(folder, "*"))


def test_every_picture_has_its_values_beside_it(folder: Path) -> None:
    pictures = [path for path in folder.rglob("*.png")]
    assert len(pictures) == 3 + len(study().metrics)
    assert [path for path in pictures if not json.loads(path.with_suffix(".json").read_text())] == []


def test_the_card_says_what_the_figures_say(folder: Path) -> None:
    text = (folder / "model_card.md").read_text()
    judged = study().metrics["xgboost"]["test"]
    assert f"{judged['log_loss']:.3f} [" in text
    assert f"| test | {study().counts['test']['events']} |" in text
    for case in json.loads((folder / "explanation.json").read_text())["cases"]:
        assert case["ev_id"] in text
    assert "None: no figure is too good to be true." in text
    assert artifacts.model_digest(study()) in text


def test_the_sheet_names_every_feature_and_every_exclusion(folder: Path) -> None:
    text = (folder / "tripod.md").read_text()
    assert [name for name in (*study().features, *study().excluded) if name not in text] == []


@pytest.mark.parametrize("name", model_card.TEMPLATES)
def test_tables_are_whole(folder: Path, name: str) -> None:
    """Every line of a table has as many cells as its head."""
    for table in re.findall(r"(?:^\|.*\n)+", (folder / name).read_text(), re.MULTILINE):
        assert len({line.count("|") for line in table.splitlines()}) == 1, table


def test_alarms_stand_in_the_card(tmp_path: Path) -> None:
    table = feature_table(400)
    table["total_seats"] = table["severity"].map({"FATL": 1.0}).fillna(0.0)
    leaky = run_study(table, QUICK)
    artifacts.write_artifacts(leaky, tmp_path, artifacts.identity(leaky, table, "x"))
    text = (tmp_path / "model_card.md").read_text()
    assert "may not become champion" in text and "total_seats: fatal AUC" in text
    assert "total_seats: fatal AUC" in (tmp_path / "tripod.md").read_text()


def test_what_cannot_be_had_is_said(tmp_path: Path) -> None:
    one_class = run_study(feature_table(120).assign(severity="NONE"), QUICK)
    artifacts.write_artifacts(one_class, tmp_path, artifacts.identity(one_class, feature_table(120), "x"))
    assert "not to be had" in (tmp_path / "model_card.md").read_text()


def test_identity_tells_models_tables_and_splits_apart() -> None:
    other = run_study(feature_table(600), StudySettings(rounds=20, n_bootstrap=5, max_depth=3, test_year=2018))
    one = artifacts.identity(study(), feature_table(600), "x")
    two = artifacts.identity(other, feature_table(601), "x")
    assert [name for name in one if one[name] == two[name]] == ["fingerprint"]


def test_without_draws_there_are_figures_without_intervals(tmp_path: Path) -> None:
    table = feature_table(300)
    plain = run_study(table, replace(QUICK, n_bootstrap=0))
    artifacts.write_artifacts(plain, tmp_path, artifacts.identity(plain, table, "x"))
    judged = plain.metrics["xgboost"]["test"]
    assert (
        f"| SERS | {judged['per_class']['SERS']['events']:.0f} | {judged['per_class']['SERS']['precision']:.3f} |"
        in (tmp_path / "model_card.md").read_text()
    )
    assert judged["intervals"] == {} and plain.missingness_auc_interval == [None, None]
