"""NTSB's API as a source: the tasks up to the snapshot, alone and together with a folder of Access files."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from luigi.configuration import get_config
from luigi.task_register import Register

from pipeline.cli import api_download, archive, plan
from pipeline.errors import PipelineError
from pipeline.ingest import snapshot
from pipeline.ingest.enterprise_api.download import utc_now
from pipeline.tasks.sources import CreateSnapshot, DownloadApiMonths
from samples.serve import FEED, KEY, Api, serving
from samples.serve_faults import Fault
from tests.api_server import FIRST, LAST, few_cases
from tests.sourcing import error_of, run, store, zip_bytes  # noqa: F401  Pytest finds fixtures by name.

SETTINGS = {"first_month": FIRST, "last_month": LAST, "requests_per_minute": "6000", "attempts": "2", "backoff_s": "0"}


@pytest.fixture
def api(store: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """The configured API, with a few cases."""
    config = get_config()
    previous = {name: config.get("Api", name) for name in (*SETTINGS, "address", "refresh_days")}
    monkeypatch.setenv("NTSB_SOURCES", "api")
    monkeypatch.setenv("NTSB_API_KEY", KEY)
    with serving(few_cases(), page_size=2) as server:
        for name, value in (SETTINGS | {"address": server.address}).items():
            config.set("Api", name, value)
        yield server
    for name, value in previous.items():
        config.set("Api", name, value)


def begin_process(monkeypatch: pytest.MonkeyPatch, **settings: str) -> None:
    """Change settings, and go on as another process does."""
    for name, value in settings.items():
        get_config().set("Api", name, value)
    Register.clear_instance_cache()
    monkeypatch.setattr("pipeline.tasks.sources.STARTED", utc_now())


def archives(store: Path) -> list[str]:
    return sorted(path.name for path in (store / "api").glob("*/months/*.zip"))


def test_all_months_are_archived_and_the_second_run_requests_nothing(api: Api, store: Path) -> None:
    assert run(DownloadApiMonths()).done == ["DownloadApiMonths"]
    assert archives(store) == [f"api-2016-{month:02d}.zip" for month in range(1, 5)]
    api.requests.clear()
    assert run(DownloadApiMonths()).done == []
    assert api.requests == []


def test_every_run_refreshes_with_a_setting_of_0_days(api: Api, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(DownloadApiMonths())
    begin_process(monkeypatch, refresh_days="0")
    api.requests.clear()
    assert run(DownloadApiMonths()).done == ["DownloadApiMonths"]
    # The list of changes, and the month with an open case.
    assert [path == FEED for path, _ in api.requests] == [True, False]


def test_a_missing_key_is_an_error_with_the_next_step(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NTSB_API_KEY")
    assert "expected a key, found none; set the environment variable NTSB_API_KEY" in error_of(run(DownloadApiMonths()))
    assert api.requests == []


@pytest.mark.parametrize(
    "address", ["http://api.example/public/", "https://[bad/", "https://api.example:x/", "https:///"]
)
def test_a_key_is_sent_over_an_encrypted_connection_to_a_valid_host_only(api: Api, address: str) -> None:
    get_config().set("Api", "address", address)
    assert "expected an address that begins with https" in error_of(run(DownloadApiMonths()))


def test_a_failure_keeps_the_months_that_are_complete(api: Api, store: Path) -> None:
    api.faults.append(Fault("503", 2, "2016-03"))
    assert "(2016-03, page 1): expected a complete page" in error_of(run(DownloadApiMonths()))
    assert archives(store) == ["api-2016-01.zip", "api-2016-02.zip"]
    api.requests.clear()
    assert run(DownloadApiMonths()).errors == []
    assert len(api.requests) == 2


def test_without_an_answer_the_run_uses_what_is_archived(
    api: Api, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(DownloadApiMonths())
    begin_process(monkeypatch, refresh_days="0")
    api.faults.append(Fault("503"))
    api.requests.clear()
    assert run(DownloadApiMonths()).done == ["DownloadApiMonths"]
    assert api.requests
    assert len(archives(store)) == 4


def test_a_plan_accesses_no_server_and_says_why_the_months_are_downloaded(api: Api, store: Path) -> None:
    lines, _ = plan.make_plan(["CreateSnapshot"], "")
    assert [line.step for line in lines if line.state == "to run"] == ["DownloadApiMonths", "CreateSnapshot"]
    assert api.requests == []


def test_the_api_and_a_folder_have_a_snapshot_of_their_own(
    api: Api, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "zips"
    folder.mkdir()
    (folder / "avall.zip").write_bytes(zip_bytes("avall.mdb"))
    identities = {}
    for location in (f"api+{folder}", str(folder)):
        monkeypatch.setenv("NTSB_SOURCES", location)
        begin_process(monkeypatch)
        assert run(CreateSnapshot()).errors == []
        assert run(CreateSnapshot()).done == []
        identities[location] = CreateSnapshot().current_id()
    assert "avall" in {file.source for file in snapshot.read_snapshot(identities[f"api+{folder}"], store)}
    assert [file.source for file in snapshot.read_snapshot(identities[str(folder)], store)] == ["avall"]
    # The snapshot of the folder has not replaced that of both.
    monkeypatch.setenv("NTSB_SOURCES", f"api+{folder}")
    begin_process(monkeypatch)
    assert run(CreateSnapshot()).done == []
    assert CreateSnapshot().current_id() == identities[f"api+{folder}"]


def test_months_are_added_to_an_archive_with_their_origin_and_can_be_built_from_it(
    api: Api, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(CreateSnapshot()).errors == []
    before, folder = CreateSnapshot().current_id(), tmp_path / "archive"
    assert archive.run(argparse.Namespace(folder=folder)) == 0
    files = json.loads((folder / "manifest.json").read_text())["files"]
    assert [(file["name"], file["kind"], file["url"]) for file in files] == [
        (name, "api", api.address) for name in archives(store)
    ]
    assert not any(KEY in path.read_text() for path in folder.iterdir() if path.is_file())
    api.faults.append(Fault("401"))
    monkeypatch.setenv("NTSB_SOURCES", str(folder))
    begin_process(monkeypatch)
    assert run(CreateSnapshot()).errors == []
    assert CreateSnapshot().current_id() == before


def test_the_command_downloads_archived_months_again(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    assert api_download.run(argparse.Namespace(refresh=[])) == 0
    assert "4 new editions: 2016-01, 2016-02, 2016-03, 2016-04" in capsys.readouterr().out
    for refresh, months in (
        (["2016-02"], {"2016-02", "2016-04"}),
        (["2016-02:2016-03"], {"2016-02", "2016-03", "2016-04"}),
        (["all"], {"2016-01", "2016-02", "2016-03", "2016-04"}),
    ):
        api.requests.clear()
        assert api_download.run(argparse.Namespace(refresh=refresh)) == 0
        # The month with an open case is always downloaded again.
        assert {query[10:17] for query in api.queries()} == months
        assert "0 new editions: none" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["2016-13", "2015-12", "2016-02:2016-05", "2016-03:2016-01", "never"])
def test_months_to_download_again_are_of_the_configured_ones(api: Api, text: str) -> None:
    with pytest.raises(PipelineError, match=f"--refresh: expected months from 2016-01 to 2016-04, found '{text}'"):
        api_download.run(argparse.Namespace(refresh=[text]))
    assert api.requests == []
