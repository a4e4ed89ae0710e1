"""Promotion, in a real SQLite registry: who is champion after which study."""

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from logbook import SETTINGS, Logbook
from severity_frame import feature_table

from models.severity.evaluation import leakage, report
from models.severity.study import Study, run_study


def test_with_alarms_a_model_is_a_challenger_and_says_why(book: Logbook, frame: pd.DataFrame, run_id: str) -> None:
    import mlflow

    before = book.champion()
    leaky = run_study(frame.assign(total_seats=frame["severity"].map({"FATL": 1.0}).fillna(0.0)), SETTINGS)
    run = mlflow.MlflowClient(book.store[0]).get_run(book.log(leaky, frame, fingerprint="another"))
    assert run.data.tags["alias"] == "challenger"
    assert "total_seats" in run.data.tags["leakage_warnings"]
    assert book.champion() == before
    last = book.decisions()[-1]
    assert (last["promoted"], last["champion_before"]) == ("no", before) and "leakage_warnings" in last["reason"]


def test_only_a_better_model_on_the_same_events_becomes_champion(book: Logbook, study: Study, run_id: str) -> None:
    table = feature_table(2000, seed=3)
    settings = replace(SETTINGS, rounds=30, n_bootstrap=100)
    before, good = book.champion(), run_study(table, settings)
    book.log(run_study(table, replace(settings, rounds=1)), table, fingerprint="one-round")
    assert book.champion() == before
    book.log(good, table, fingerprint="better")
    assert book.champion() != before
    last = book.decisions()[-1]
    assert last["promoted"] == "yes" and float(last["high"]) < 0
    assert int(last["events"]) == good.counts["test"]["events"]
    now = book.champion()
    book.log(good, table, fingerprint="the same again")
    assert book.champion() == now
    assert float(book.decisions()[-1]["difference"]) == 0
    # Nothing new, but the champion's release is eight publications old.
    book.log(good, table, fingerprint="the same much later", release="r9")
    assert book.champion() != now
    assert "8 publications old" in book.decisions()[-1]["reason"]


def test_a_champion_that_has_seen_the_test_is_not_compared(book: Logbook, frame: pd.DataFrame, run_id: str) -> None:
    before = book.champion()
    early = run_study(frame, replace(SETTINGS, validation_year=2014, test_year=2017))
    book.log(early, frame, fingerprint="early")
    assert book.champion() == before
    assert "the test begins in 2017" in book.decisions()[-1]["reason"]


def test_where_nothing_is_left_of_the_champion_the_next_one_takes_its_place(
    book: Logbook, study: Study, frame: pd.DataFrame, run_id: str
) -> None:
    import mlflow

    client = mlflow.MlflowClient(book.store[0])
    old = client.get_model_version_by_alias("severity", "champion")
    folder = Path(mlflow.artifacts.download_artifacts(client.get_run(old.run_id).info.artifact_uri))
    folder.rename(folder.with_name("gone too"))
    book.log(study, frame, fingerprint="after the loss")
    assert book.champion() != old.version
    client.set_registered_model_alias("severity", "champion", old.version)
    folder.with_name("gone too").rename(folder)


def test_a_reviewed_exception_lets_the_same_study_through(
    book: Logbook, frame: pd.DataFrame, run_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, leaky = book.champion(), frame.assign(total_seats=frame["severity"].map({"FATL": 1.0}).fillna(0.0))
    stopped = run_study(leaky, SETTINGS)
    book.log(stopped, leaky, fingerprint="stopped")
    assert book.champion() == before
    # The alarm's words before its figure, as exceptions.toml asks for them.
    found = [re.match(r"(.+?) (\d\.\d{3}) ", alarm) for alarm in stopped.leakage_warnings]
    entry = (
        '[[exception]]\nalarm = "{}"\nmoment = "T1"\nat_most = {:.2f}\nrelease = "r1"\nreason = "Seats, on purpose."\n'
    )
    path = tmp_path / "exceptions.toml"
    path.write_text("".join(entry.format(each[1], float(each[2]) + 0.01) for each in found if each))
    monkeypatch.setattr(report, "load_waivers", lambda: leakage.load_waivers(path))
    excused = run_study(leaky, SETTINGS)
    assert (
        stopped.leakage_warnings
        and excused.leakage_warnings == []
        and len(excused.waived_warnings) == len(stopped.leakage_warnings)
    )
    book.log(excused, leaky, fingerprint="waived_warnings")
    assert book.champion() != before and book.decisions()[-1]["promoted"] == "yes"
