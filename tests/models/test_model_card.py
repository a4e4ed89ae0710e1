"""A study as files: equal studies give equal bytes, and the cards contain the study's metrics."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from severity_frame import feature_table
from studies import EVENTS, SMALL, standard_study

from models.severity import artifacts, model_card
from models.severity.study import Study, StudySettings, run_study
from tests.results import sha256s


def study() -> Study:
    return standard_study()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    artifacts.write_artifacts(study(), folder, artifacts.identity(study(), feature_table(EVENTS), "0123456789abcdef"))
    return folder


def test_same_table_and_settings_give_the_same_bytes_of_all_artifacts(folder: Path, tmp_path: Path) -> None:
    table = feature_table(EVENTS).sample(frac=1, random_state=5)
    again = run_study(table, SMALL)
    artifacts.write_artifacts(again, tmp_path, artifacts.identity(again, table, "0123456789abcdef"))
    assert sha256s(tmp_path, "*") == sha256s(folder, "*")
    expected = {"model.ubj", "metrics.json", "explanation.json", "identity.json", "model_card.md", "tripod.md"}
    assert expected <= set(sha256s(folder, "*"))


def test_every_plot_has_a_file_of_its_values(folder: Path) -> None:
    plots = list(folder.rglob("*.png"))
    assert len(plots) == 3 + len(study().metrics)
    assert [path for path in plots if not json.loads(path.with_suffix(".json").read_text())] == []


def test_the_card_contains_metrics_counts_and_cases(folder: Path) -> None:
    text = (folder / "model_card.md").read_text()
    test = study().metrics["xgboost"]["test"]
    assert f"{test['log_loss']:.3f} [" in text
    assert f"| test | {study().counts['test']['events']} |" in text
    for case in json.loads((folder / "explanation.json").read_text())["cases"]:
        assert case["ev_id"] in text
    assert "None: no metric is implausibly high." in text
    assert artifacts.model_digest(study()) in text


def test_the_checklist_names_every_feature_and_every_exclusion(folder: Path) -> None:
    text = (folder / "tripod.md").read_text()
    assert [name for name in (*study().features, *study().excluded) if name not in text] == []


@pytest.mark.parametrize("name", model_card.TEMPLATES)
def test_every_row_of_a_table_has_the_same_number_of_cells(folder: Path, name: str) -> None:
    for table in re.findall(r"(?:^\|.*\n)+", (folder / name).read_text(), re.MULTILINE):
        assert len({line.count("|") for line in table.splitlines()}) == 1, table


def test_leakage_warnings_are_in_both_documents(tmp_path: Path) -> None:
    table = feature_table(400)
    table["total_seats"] = table["severity"].map({"FATL": 1.0}).fillna(0.0)
    leaky = run_study(table, SMALL)
    artifacts.write_artifacts(leaky, tmp_path, artifacts.identity(leaky, table, "x"))
    text = (tmp_path / "model_card.md").read_text()
    assert "cannot become champion" in text and "total_seats: fatal AUC" in text
    assert "total_seats: fatal AUC" in (tmp_path / "tripod.md").read_text()


def test_undefined_metrics_are_not_available(tmp_path: Path) -> None:
    one_class = run_study(feature_table(120).assign(severity="NONE"), SMALL)
    artifacts.write_artifacts(one_class, tmp_path, artifacts.identity(one_class, feature_table(120), "x"))
    assert "not available" in (tmp_path / "model_card.md").read_text()


def test_other_models_tables_and_splits_have_other_identities() -> None:
    other = run_study(feature_table(EVENTS), StudySettings(rounds=20, n_bootstrap=5, max_depth=3, test_year=2018))
    first = artifacts.identity(study(), feature_table(EVENTS), "x")
    second = artifacts.identity(other, feature_table(EVENTS + 1), "x")
    assert [name for name in first if first[name] == second[name]] == ["fingerprint"]


def test_without_bootstrap_samples_metrics_have_no_intervals(tmp_path: Path) -> None:
    table = feature_table(300)
    study = run_study(table, replace(SMALL, n_bootstrap=0))
    artifacts.write_artifacts(study, tmp_path, artifacts.identity(study, table, "x"))
    test = study.metrics["xgboost"]["test"]
    serious = test["per_class"]["SERS"]
    row = f"| SERS | {serious['events']:.0f} | {serious['precision']:.3f} |"
    assert row in (tmp_path / "model_card.md").read_text()
    assert test["intervals"] == {} and study.missingness_auc_interval == [None, None]


def test_the_checklist_answers_all_items_of_tripod_ai(folder: Path) -> None:
    rows = re.findall(r"^\| (\d+)([a-g]?) \| [^|]+ \| (.+) \|$", (folder / "tripod.md").read_text(), re.MULTILINE)
    parts = {3: 3, 5: 2, 6: 3, 8: 3, 9: 3, 12: 7, 18: 6, 20: 3, 23: 2, 27: 3}
    expected = [(str(n), "abcdefg"[k] if n in parts else "") for n in range(1, 28) for k in range(parts.get(n, 1))]
    assert [(number, letter) for number, letter, _ in rows] == expected
    assert [number for number, _, answer in rows if not answer.strip()] == []


def test_the_card_states_calibration_fairness_and_what_can_be_said_of_one_accident(folder: Path) -> None:
    text = (folder / "model_card.md").read_text()
    results = json.loads((folder / "metrics.json").read_text())
    slope = results["class_calibration"]["xgboost"]["FATL"]["slope"]
    assert f"{slope:.3f} [" in text
    for column, groups in results["fairness"]["groups"].items():
        assert [name for name in groups if f"| {column}: {name} |" not in text] == []
    assert f"{results['conformal_sets']['mean_size']:.3f} [" in text
    assert f"{results['decision_curves']['xgboost'][3]['net_benefit']:.1f} [" in text
    assert "no accident outside the United States" in text
