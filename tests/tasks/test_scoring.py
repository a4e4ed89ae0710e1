"""Scores of a release: in Parquet and in the mart, made again when their table is edited, and of files of one's own."""

import json
from pathlib import Path

import pandas as pd

from tests.running import Place
from tests.tasks.test_commands import answer, ask, planned

SCORES = 'select ev_id, p_none, p_minr, p_sers, p_fatl, model_version from severity_score order by ev_id collate "C"'


def test_every_event_is_scored_in_the_file_and_in_the_mart(copy: Place) -> None:
    features = pd.read_parquet(copy.targets / "features" / "event_features.parquet")
    file = pd.read_parquet(copy.targets / "scores" / "severity_score.parquet")
    assert list(file["ev_id"]) == sorted(features["ev_id"])
    rows = copy.ask(SCORES)
    assert rows == list(file.itertuples(index=False, name=None))
    assert {version for *_, version in rows} == {f"severity-T1-{identity(copy)['model']}"}
    assert all(abs(sum(shares) - 1) < 1e-5 for _, *shares, _ in rows)


def test_an_edited_table_is_made_again_and_nothing_else(copy: Place) -> None:
    before = copy.ask(SCORES)
    copy.ask("update mart.severity_score set p_fatl = p_none, p_none = p_fatl")
    step = "ScoreEvents --features release"
    assert planned(copy) == {
        step: ["its output is missing or was edited"],
        "AllReports": planned(copy)["AllReports"],
    }
    told = copy.run()
    assert told.code == 0, told.text[-3000:]
    assert told.families == {"ScoreEvents"}
    assert copy.ask(SCORES) == before
    assert copy.ask("select has_table_privilege('ntsb_reader', 'mart.severity_score', 'select')") == [(True,)]


def test_a_file_of_one_s_own_goes_to_a_file_and_wrong_columns_are_named(copy: Place, tmp_path: Path) -> None:
    features = pd.read_parquet(copy.targets / "features" / "event_features.parquet").head(7)
    own = tmp_path / "my events.parquet"
    features.drop(columns=["severity", "is_us"]).to_parquet(own)
    before = copy.ask(SCORES)
    task = ("ScoreEvents", "--snapshot", copy.snapshot(), "--features", str(own))
    assert copy.run(*task).code == 0
    found = pd.read_parquet(copy.targets / "scores" / "given" / "my events.parquet")
    assert list(found["ev_id"]) == list(features["ev_id"]) and copy.ask(SCORES) == before
    features.drop(columns=["phase"]).assign(hour="noon").to_parquet(own)
    told = copy.run(*task)
    assert told.code == 30
    assert "phase: expected a column with text, found none" in told.text
    assert "hour: finite numbers expected" in told.text


def identity(place: Place) -> dict[str, str]:
    found = pd.read_json(place.targets / "studies" / "severity" / "identity.json", typ="series")
    return {str(name): str(value) for name, value in found.items()}


def test_an_event_is_explained_and_an_unknown_one_is_refused(built: Place) -> None:
    event = pd.read_parquet(built.targets / "features" / "event_features.parquet")["ev_id"].iloc[0]
    facts = answer(built, "explain", event)
    assert facts["ev_id"] == event and abs(sum(facts["probabilities"].values()) - 1) < 1e-9
    assert f"event {event} of" in ask(built, "explain", event).stdout
    unknown = ask(built, "explain", "nobody")
    assert (unknown.returncode, unknown.stdout) == (1, "") and "nobody expected among the events" in unknown.stderr


def test_what_a_model_may_see_needs_no_store(built: Place, tmp_path: Path) -> None:
    nothing = Place(tmp_path / "nothing", built.house)
    told = json.loads(ask(nothing, "features", "--prediction_time", "T0", "--json").stdout)
    names = [each["column"] for each in told]
    assert "make" in names and "phase" not in names
    refused = ask(
        nothing, "features", "--prediction_time", "T0", "--with", "make", "--with", "phase", "--with", "damage"
    )
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "phase (known at T1" in refused.stderr and "damage (known at T2" in refused.stderr
    assert "make" not in refused.stderr.partition(":")[2].partition("(")[0]
    missing = ask(nothing, "explain", "20010101X00001")
    assert missing.returncode == 1 and "AllReports" in missing.stderr
    assert not nothing.store.exists()
