"""Scores of a release as Parquet and table, scores of another feature table, and explanations of events."""

import json
from pathlib import Path

import pandas as pd

from tests.running import Workspace
from tests.tasks.test_commands import answer, ask, planned

SCORES = 'select * from severity_score order by ev_id collate "C"'
SHARES = ["p_none", "p_minr", "p_sers", "p_fatl"]


def test_accidents_of_the_study_are_scored_in_the_file_and_the_table(copy: Workspace) -> None:
    features = pd.read_parquet(copy.targets / "features" / "event_features.parquet")
    file = pd.read_parquet(copy.targets / "scores" / "severity_score.parquet")
    accidents = features[features["is_us"] & features["is_accident"]]
    assert list(file["ev_id"]) == sorted(file["ev_id"]) and set(file["ev_id"]) < set(accidents["ev_id"])
    study = json.loads((copy.targets / "studies" / "severity" / "metrics.json").read_text())
    for part in ("train", "validation", "test"):
        assert (file["part"] == part).sum() == study["counts"][part]["events"]
    assert (file["part"] == "later").any()
    assert copy.query(SCORES) == list(file.itertuples(index=False, name=None))
    assert set(file["model_version"]) == {f"severity-T1-{identity(copy)['model']}"}
    assert (abs(file[SHARES].sum(axis=1) - 1) < 1e-5).all()


def test_a_modified_score_table_is_rebuilt_and_nothing_else(copy: Workspace) -> None:
    before = copy.query(SCORES)
    copy.query("update mart.severity_score set p_fatl = p_none, p_none = p_fatl")
    step = "ScoreEvents --features release"
    assert planned(copy) == {
        step: ["its output is missing or was modified"],
        "AllReports": planned(copy)["AllReports"],
    }
    result = copy.run()
    assert result.code == 0, result.text[-3000:]
    assert result.families == {"ScoreEvents"}
    assert copy.query(SCORES) == before
    assert copy.query("select has_table_privilege('ntsb_reader', 'mart.severity_score', 'select')") == [(True,)]


def test_another_feature_table_is_scored_and_invalid_columns_are_named(copy: Workspace, tmp_path: Path) -> None:
    features = pd.read_parquet(copy.targets / "features" / "event_features.parquet").head(7)
    own = tmp_path / "my events.parquet"
    features.drop(columns=["severity", "is_us"]).to_parquet(own)
    before = copy.query(SCORES)
    task = ("ScoreEvents", "--snapshot", copy.snapshot(), "--features", str(own))
    assert copy.run(*task).code == 0
    actual = pd.read_parquet(copy.targets / "scores" / "given" / "my events.parquet")
    assert list(actual["ev_id"]) == list(features["ev_id"]) and copy.query(SCORES) == before
    features.drop(columns=["phase"]).assign(hour="noon").to_parquet(own)
    result = copy.run(*task)
    assert result.code == 30
    assert "phase: expected a column with text, found none" in result.text
    assert "hour: expected finite numbers" in result.text


def identity(workspace: Workspace) -> dict[str, str]:
    actual = pd.read_json(workspace.targets / "studies" / "severity" / "identity.json", typ="series")
    return {str(name): str(value) for name, value in actual.items()}


def test_explain_of_an_event_and_of_an_unknown_one(built: Workspace) -> None:
    event = pd.read_parquet(built.targets / "features" / "event_features.parquet")["ev_id"].iloc[0]
    details = answer(built, "explain", event)
    assert details["ev_id"] == event and abs(sum(details["probabilities"].values()) - 1) < 1e-9
    assert f"event {event} of" in ask(built, "explain", event).stdout
    unknown = ask(built, "explain", "unknown")
    assert (unknown.returncode, unknown.stdout) == (1, "") and "found unknown; name one of its events" in unknown.stderr
    typed = ask(built, "explain", f"{event[:-1]}x")
    assert event in typed.stderr.partition("such as")[2]
    assert answer(built, "explain", event)["ev_id"] == event


def test_the_files_of_the_benchmark_are_written_and_its_sealed_years_stay_sealed(
    built: Workspace, tmp_path: Path
) -> None:
    done = ask(built, "benchmark", "prepare", "--folder", str(tmp_path / "files"))
    assert done.returncode == 0, done.stderr
    names = {"events.csv", "day7_mask.csv", "labels.csv", "reference.csv"}
    assert {path.name for path in (tmp_path / "files").iterdir()} == names
    # Too few fatal events to evaluate the leakage checks of the samples.
    refused = ask(built, "benchmark", "open", "--reason", "frozen")
    assert (refused.returncode, refused.stdout) == (1, "") and "leakage" in refused.stderr
    missing = ask(Workspace(tmp_path / "empty", built.repository), "benchmark", "prepare")
    assert missing.returncode == 1 and "expected the files of a study" in missing.stderr


def test_features_needs_no_store(built: Workspace, tmp_path: Path) -> None:
    empty = Workspace(tmp_path / "empty", built.repository)
    result = json.loads(ask(empty, "features", "--prediction-time", "T0", "--json").stdout)
    names = [item["column"] for item in result]
    assert "make" in names and "phase" not in names
    refused = ask(empty, "features", "--prediction-time", "T0", "--with", "make", "--with", "phase", "--with", "damage")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "phase (known at T1" in refused.stderr and "damage (known at T2" in refused.stderr
    assert "make" not in refused.stderr.partition(":")[2].partition("(")[0]
    missing = ask(empty, "explain", "20010101X00001")
    assert missing.returncode == 1 and "AllReports" in missing.stderr
    assert not empty.store.exists()
