"""Promotion in a SQLite registry: which version is champion after which study."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from severity_frame import feature_table
from studies import SMALL
from tracking_store import TAGS, TrackingStore

from models.severity.evaluation import leakage, report
from models.severity.study import Study, run_study
from pipeline.serving.model import _find_version


def leaky_table(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with a feature that reveals whether the event is fatal."""
    return frame.assign(total_seats=frame["severity"].map({"FATL": 1.0}).fillna(0.0))


def model_files(store: TrackingStore, version: str) -> Path:
    """The folder with the artifacts of a version's run."""
    import mlflow

    client = mlflow.MlflowClient(store.uri)
    run = client.get_run(client.get_model_version("severity", version).run_id)
    return Path(mlflow.artifacts.download_artifacts(run.info.artifact_uri))


def test_a_model_with_leakage_warnings_is_a_challenger(store: TrackingStore, frame: pd.DataFrame, run_id: str) -> None:
    import mlflow

    before = store.champion()
    leaky = run_study(leaky_table(frame), SMALL)
    run = mlflow.MlflowClient(store.uri).get_run(store.log(leaky, frame, fingerprint="leaky"))
    assert run.data.tags["alias"] == "challenger"
    assert "total_seats" in run.data.tags["leakage_warnings"]
    assert store.champion() == before
    decision = store.decisions()[-1]
    assert (decision["promoted"], decision["champion_before"]) == ("no", before)
    assert decision["reason"].startswith("leakage warnings: ")
    # The API answers with the challenger if there is no champion, but not with this one.
    client = mlflow.MlflowClient(store.uri)
    assert _find_version(client, "severity")[1] == "champion"
    client.delete_registered_model_alias("severity", "champion")
    assert _find_version(client, "severity") == (None, "")
    client.set_registered_model_alias("severity", "champion", before)


def test_only_a_better_model_on_the_same_events_becomes_champion(store: TrackingStore, run_id: str) -> None:
    table = feature_table(2500, seed=3)
    settings = replace(SMALL, rounds=30, n_bootstrap=40)
    before, better = store.champion(), run_study(table, settings)
    store.log(run_study(table, replace(settings, rounds=1)), table, fingerprint="one-round")
    assert store.champion() == before
    store.log(better, table, fingerprint="better")
    assert store.champion() != before
    decision = store.decisions()[-1]
    assert decision["promoted"] == "yes" and float(decision["high"]) < 0
    assert int(decision["events"]) == better.counts["test"]["events"]
    champion = store.champion()
    store.log(better, table, fingerprint="same-model")
    assert store.champion() == champion
    assert float(store.decisions()[-1]["difference"]) == 0
    # If the files of a former champion are gone, the model may be worse than the best one by more than the margin.
    folder = model_files(store, before)
    folder.rename(folder.with_name("moved"))
    store.log(better, table, fingerprint="former-files-gone", release="r9")
    folder.with_name("moved").rename(folder)
    assert store.champion() == champion
    # The same model, but the champion's release is eight publications old.
    store.log(better, table, fingerprint="same-model-later", release="r9")
    assert store.champion() != champion
    assert "8 publications old" in store.decisions()[-1]["reason"]


def test_a_champion_that_was_fitted_on_the_test_set_is_not_compared(
    store: TrackingStore, frame: pd.DataFrame, run_id: str
) -> None:
    before = store.champion()
    earlier = run_study(frame, replace(SMALL, validation_year=2014, test_year=2017))
    store.log(earlier, frame, fingerprint="earlier-test")
    assert store.champion() == before
    assert "the test set begins in 2017" in store.decisions()[-1]["reason"]


def test_without_the_files_of_the_champion_no_model_is_promoted(
    store: TrackingStore, study: Study, frame: pd.DataFrame, run_id: str
) -> None:
    champion = store.champion()
    folder = model_files(store, champion)
    folder.rename(folder.with_name("moved"))
    store.log(study, frame, fingerprint="files-gone", release="r9")
    assert store.champion() == champion
    assert "its files are gone" in store.decisions()[-1]["reason"]
    folder.with_name("moved").rename(folder)


def test_a_model_of_shuffled_labels_does_not_become_champion(
    new_store: Callable[[], TrackingStore], frame: pd.DataFrame
) -> None:
    """In an empty registry, which has no champion to compare with."""
    empty = new_store()
    table = frame.assign(severity=np.random.default_rng(3).permutation(frame["severity"]))
    shuffled = run_study(table, SMALL)
    assert shuffled.leakage_warnings == [] and shuffled.not_evaluated == []
    empty.log(shuffled, table)
    assert empty.champion() == ""
    assert "not shown to be better than the best baseline" in empty.decisions()[-1]["reason"]


def test_a_model_of_too_few_events_does_not_become_champion_and_every_text_says_why(
    new_store: Callable[[], TrackingStore],
) -> None:
    import mlflow

    empty = new_store()
    table = feature_table(400)
    small = run_study(table, SMALL)
    fatal = small.counts["test"]["FATL"]
    expected = f"metrics on test: {fatal} fatal events, 20 required"
    assert small.not_evaluated[0] == expected
    run_id = empty.log(small, table)
    run = mlflow.MlflowClient(empty.uri).get_run(run_id)
    assert empty.champion() == "" and run.data.tags["alias"] == "challenger"
    assert all(expected in run.data.tags[name] for name in ("not_evaluated", "leakage_warnings", "promotion"))
    assert expected in empty.decisions()[-1]["reason"]
    assert _find_version(mlflow.MlflowClient(empty.uri), "severity")[1] == "challenger"
    card = (empty.folder / TAGS["fingerprint"] / "model_card.md").read_text()
    assert f"Not evaluated:\n- {expected}" in card and "no metric is implausibly high" not in card
    assert f"not evaluated: {expected}" in (empty.folder / TAGS["fingerprint"] / "tripod.md").read_text()


def test_waivers_unblock_promotion(
    store: TrackingStore, frame: pd.DataFrame, run_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, table = store.champion(), leaky_table(frame)
    blocked = run_study(table, SMALL)
    store.log(blocked, table, fingerprint="blocked")
    assert blocked.leakage_warnings and store.champion() == before
    entry = '[[waiver]]\ncheck = "{}"\nprediction_time = "T1"\nat_most = {}\nrelease = "r1"\nreason = "Intended."\n'
    # As leakage_waivers.toml describes it: a warning's text up to ": expected" is the name of its check.
    warnings = [re.match(r"(.+): expected .* found (\d\.\d{3})", text) for text in blocked.leakage_warnings]
    path = tmp_path / "waivers.toml"
    path.write_text("".join(entry.format(match[1], float(match[2]) + 0.01) for match in warnings if match))
    monkeypatch.setattr(report, "load_waivers", lambda: leakage.load_waivers(path))
    waived = run_study(table, SMALL)
    assert waived.leakage_warnings == [] and len(waived.waived_warnings) == len(blocked.leakage_warnings)
    store.log(waived, table, fingerprint="waived")
    assert store.champion() != before and store.decisions()[-1]["promoted"] == "yes"
