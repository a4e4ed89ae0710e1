"""A person makes a named version the champion, with a reason that is recorded everywhere."""

import os
from typing import Any

import pytest
from severity_frame import feature_table
from studies import SMALL
from tracking_store import TAGS, TrackingStore

from models.severity.study import run_study
from models.severity.tracking import manual_promotion, study_history
from models.severity.tracking import store as tracking
from pipeline import output_folders, run_lock
from pipeline.__main__ import main


def describe(store: TrackingStore, fingerprint: str) -> dict[str, Any]:
    return study_history.describe_study(store.uri, fingerprint, "T1", store.terms.log)


def test_a_named_version_becomes_champion_with_its_reason(
    store: TrackingStore, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow

    before, table = store.champion(), feature_table(400)
    # Not evaluated, and therefore not promoted by the run.
    small_run = store.log(run_study(table, SMALL), table, fingerprint="small")
    client = mlflow.MlflowClient(store.uri)
    (small,) = client.search_model_versions(f"run_id = '{small_run}'")
    version = str(small.version)
    assert store.champion() == before != version
    described = {"version": version, "status": "challenger", "champion": before, "fingerprint": "small"}
    assert describe(store, "small").items() >= described.items()
    promote = manual_promotion.promote
    assert promote(store.addresses, "severity", version, "  Reviewed\nby us. ", store.terms.log) == before
    assert store.champion() == version
    assert describe(store, "small").items() >= {"status": "champion", "champion": version}.items()
    decision = store.decisions()[-1]
    assert (decision["promoted"], decision["version"], decision["champion_before"]) == ("yes", version, before)
    assert (decision["fingerprint"], decision["reason"]) == ("small", "promoted by a person: Reviewed by us.")
    assert client.get_run(small_run).data.tags["promotion"] == decision["reason"]
    assert client.get_model_version("severity", version).tags["promotion"] == decision["reason"]
    assert "challenger" not in client.get_registered_model("severity").aliases
    assert promote(store.addresses, "severity", before, "Withdrawn.", store.terms.log) == version
    assert client.get_model_version("severity", before).tags["champion_before"] == version
    # Not every change of the registry is in the log, such as the champion restored for a deleted version.
    state = study_history.state(store.uri, "small", "T1", store.terms.log)
    client.set_registered_model_alias("severity", "champion", version)
    assert study_history.state(store.uri, "small", "T1", store.terms.log) != state
    expected = ({"champion": version}, [int(version)])
    assert tracking.read_registry(store.uri, "severity", small_run) == expected
    with monkeypatch.context() as patch:
        # As from a server, by MLflow's client.
        patch.setattr(tracking, "SQLITE", "none")
        assert tracking.read_registry(store.uri, "severity", small_run) == expected
    assert describe(store, "small")["status"] == "champion" != describe(store, TAGS["fingerprint"])["status"]
    assert not {run_id, small_run} & set(map(str, describe(store, "small").values()))


@pytest.mark.parametrize(
    ("name", "version", "reason", "message"),
    [
        ("severity", "99", "Better.", "version 99 of severity: expected one of"),
        ("another", "1", "Better.", "version 1 of another: expected one of none"),
        ("severity", "1'", "Better.", "version 1' of severity: expected one of"),
        ("severity", "1", " ", "promote --reason: expected a text, found none"),
    ],
)
def test_an_unknown_version_or_an_empty_reason_changes_nothing(
    store: TrackingStore, run_id: str, name: str, version: str, reason: str, message: str
) -> None:
    before, decisions = store.champion(), store.decisions()
    with pytest.raises(manual_promotion.UnknownVersion, match=message):
        manual_promotion.promote(store.addresses, name, version, reason, store.terms.log)
    assert (store.champion(), store.decisions()) == (before, decisions)


def test_the_command_reports_an_unknown_version_without_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["promote", "7", "--reason", "Better."]) == 1
    assert "version 7 of severity: expected one of none" in capsys.readouterr().err


def test_the_command_is_rejected_during_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    output_folders.create_folders()
    with run_lock.held("run"):
        assert main(["promote", "7", "--reason", "Better."]) == 1
    assert f"promote: expected no run on this store, found process {os.getpid()} since" in capsys.readouterr().err
