"""Tracking and promotion, in a real SQLite store whose path has a blank."""

import csv
import json
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pytest
from severity_frame import feature_table

from models import facts, logged, tracking
from models.champion import Terms
from models.study import Study, StudySettings, run_study

SETTINGS = StudySettings(rounds=10, early_stopping_rounds=3, bootstrap_draws=5)
TAGS = {"stamp": "0123456789abcdef", "release": "r1", "snapshot": "s1"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str | None]:
    return logged.addresses("", tmp_path_factory.mktemp("a store"))


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return feature_table(400)


@pytest.fixture(scope="module")
def study(frame: pd.DataFrame) -> Study:
    return run_study(frame, SETTINGS)


@dataclass(frozen=True)
class Logbook:
    """A store, where decisions are noted, and how to log a study there."""

    store: tuple[str, str | None]
    room: Path

    @property
    def terms(self) -> Terms:
        return Terms(releases={"r1": 1, "r9": 9}, patience=3, log=self.room / "promotions.csv")

    def log(self, study: Study, frame: pd.DataFrame, **tags: str) -> str:
        found = TAGS | tags
        names = facts.identity(study, frame, found["stamp"])
        files = self.room / found["stamp"]
        facts.write(study, files, names)
        return tracking.log_study(study, frame, files, self.store, found | facts.tags(names), {"seed": 1}, self.terms)

    def decisions(self) -> list[dict[str, str]]:
        return list(csv.DictReader(self.terms.log.open()))


@pytest.fixture(scope="module")
def book(store: tuple[str, str | None], tmp_path_factory: pytest.TempPathFactory) -> Logbook:
    return Logbook(store, tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def run_id(book: Logbook, study: Study, frame: pd.DataFrame) -> str:
    assert not logged.is_logged(book.store[0], TAGS["stamp"])
    return book.log(study, frame)


def test_what_is_logged_once_is_not_logged_again(
    book: Logbook, store: tuple[str, str | None], study: Study, frame: pd.DataFrame, run_id: str
) -> None:
    import mlflow

    before = len(mlflow.search_runs(search_all_experiments=True))
    assert logged.is_logged(store[0], TAGS["stamp"])
    assert not logged.is_logged(store[0], "another stamp")
    assert book.log(study, frame) == run_id
    assert len(book.decisions()) == 1
    assert len(mlflow.search_runs(search_all_experiments=True)) == before == len(study.metrics)


def test_the_run_has_knobs_tags_figures_and_the_digest(store: tuple[str, str | None], run_id: str) -> None:
    import mlflow

    client = mlflow.MlflowClient(store[0])
    run = client.get_run(run_id)
    assert client.get_experiment(run.info.experiment_id).name == "severity/four-class/T1"
    assert run.data.params["seed"] == "1"
    wanted = {"release", "snapshot", "stamp", "moment", "split_id", "model_digest", "features_digest", "promotion"}
    assert wanted <= set(run.data.tags)
    assert {"test/log_loss", "test/log_loss_low", "test/recall_FATL", "validation/log_loss"} <= set(run.data.metrics)
    assert len(run.inputs.dataset_inputs[0].dataset.digest) == 16
    files = {file.path for file in client.list_artifacts(run_id)}
    assert {"metrics.json", "encoding.json", "confusion", "explanation", "model_card.md", "tripod.md"} <= files


def test_the_champion_gives_what_the_study_gave(store: tuple[str, str | None], study: Study, run_id: str) -> None:
    import mlflow

    assert study.alarms == []
    model = mlflow.pyfunc.load_model("models:/severity@champion")
    assert model.metadata.signature is not None
    found = model.predict(study.model.encoder.matrix(study.example))
    assert abs(found - study.model.probabilities(study.example)).max() < 1e-6


def champion(store: tuple[str, str | None]) -> str:
    import mlflow

    return str(mlflow.MlflowClient(store[0]).get_model_version_by_alias("severity", "champion").version)


def test_with_alarms_a_model_is_a_challenger_and_says_why(book: Logbook, frame: pd.DataFrame, run_id: str) -> None:
    import mlflow

    before = champion(book.store)
    leaky = run_study(frame.assign(total_seats=frame["severity"].map({"FATL": 1.0}).fillna(0.0)), SETTINGS)
    run = mlflow.MlflowClient(book.store[0]).get_run(book.log(leaky, frame, stamp="another"))
    assert run.data.tags["alias"] == "challenger"
    assert "total_seats" in run.data.tags["alarms"]
    assert champion(book.store) == before
    last = book.decisions()[-1]
    assert (last["promoted"], last["champion_before"]) == ("no", before) and "alarms" in last["reason"]


def test_only_a_better_model_on_the_same_events_becomes_champion(book: Logbook, study: Study, run_id: str) -> None:
    table = feature_table(2000, seed=3)
    settings = replace(SETTINGS, rounds=30, bootstrap_draws=100)
    before, good = champion(book.store), run_study(table, settings)
    book.log(run_study(table, replace(settings, rounds=1)), table, stamp="one-round")
    assert champion(book.store) == before
    book.log(good, table, stamp="better")
    assert champion(book.store) != before
    last = book.decisions()[-1]
    assert last["promoted"] == "yes" and float(last["high"]) < 0
    assert int(last["events"]) == good.counts["test"]["events"]
    now = champion(book.store)
    book.log(good, table, stamp="the same again")
    assert champion(book.store) == now
    assert float(book.decisions()[-1]["difference"]) == 0
    # Nothing new, but the champion's release is eight publications old.
    book.log(good, table, stamp="the same much later", release="r9")
    assert champion(book.store) != now
    assert "8 publications old" in book.decisions()[-1]["reason"]


def test_trials_are_children(book: Logbook, frame: pd.DataFrame, run_id: str) -> None:
    import mlflow

    tuned = run_study(frame, replace(SETTINGS, trials=2))
    parent = book.log(tuned, frame, stamp="tuned")
    found = mlflow.search_runs(
        search_all_experiments=True, filter_string=f"tags.mlflow.parentRunId = '{parent}' and tags.trial = 'yes'"
    )
    assert sorted(found["tags.mlflow.runName"]) == ["trial 0", "trial 1"]
    assert found["params.max_depth"].notna().all()


def test_a_champion_that_has_seen_the_test_is_not_compared(book: Logbook, frame: pd.DataFrame, run_id: str) -> None:
    before = champion(book.store)
    early = run_study(frame, replace(SETTINGS, validation_year=2014, test_year=2017))
    book.log(early, frame, stamp="early")
    assert champion(book.store) == before
    assert "the test begins in 2017" in book.decisions()[-1]["reason"]


def test_a_run_whose_artifacts_are_gone_is_not_logged(
    book: Logbook, study: Study, frame: pd.DataFrame, run_id: str
) -> None:
    import mlflow

    client = mlflow.MlflowClient(book.store[0])
    lost = client.get_run(book.log(study, frame, stamp="cut"))
    folder = Path(mlflow.artifacts.download_artifacts(lost.info.artifact_uri))
    folder.rename(folder.with_name("gone"))
    assert not logged.is_logged(book.store[0], "cut")
    again = book.log(study, frame, stamp="cut")
    assert again != lost.info.run_id
    assert logged.is_logged(book.store[0], "cut")
    assert client.search_model_versions(f"run_id = '{lost.info.run_id}'") == []


def test_where_nothing_is_left_of_the_champion_the_next_one_takes_its_place(
    book: Logbook, study: Study, frame: pd.DataFrame, run_id: str
) -> None:
    import mlflow

    client = mlflow.MlflowClient(book.store[0])
    old = client.get_model_version_by_alias("severity", "champion")
    folder = Path(mlflow.artifacts.download_artifacts(client.get_run(old.run_id).info.artifact_uri))
    folder.rename(folder.with_name("gone too"))
    book.log(study, frame, stamp="after the loss")
    assert champion(book.store) != old.version
    client.set_registered_model_alias("severity", "champion", old.version)
    folder.with_name("gone too").rename(folder)


def test_asking_does_not_import_what_is_slow(store: tuple[str, str | None], run_id: str) -> None:
    code = (
        "import json, sys; from models import logged; "
        f"print(json.dumps([logged.is_logged({store[0]!r}, {TAGS['stamp']!r}), "
        "[name for name in ('mlflow', 'xgboost', 'pandas', 'matplotlib') if name in sys.modules]]))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [True, []]
