"""The package ntsb-accidents: a release from a folder and over HTTP, without a database."""

import doctest
import importlib
import json
import shutil
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from tests.architecture.tree import REPOSITORY
from tests.running import Workspace, bundle_command

sys.path.append(str(REPOSITORY / "client" / "src"))
ntsb_accidents: Any = importlib.import_module("ntsb_accidents")
MODULES = ("ntsb_accidents", "ntsb_accidents.release", "ntsb_accidents.storage")


@dataclass
class Web:
    """A web server of a folder, and its requests as (path, Range)."""

    folder: Path
    address: str = ""
    ranges: bool = True
    requests: list[tuple[str, str | None]] = field(default_factory=list)


class Handler(SimpleHTTPRequestHandler):
    """Answers one range of a file if the server supports ranges."""

    def __init__(self, web: Web, *arguments: Any) -> None:
        self.web = web
        super().__init__(*arguments, directory=str(web.folder))

    def log_message(self, *_: Any) -> None:
        """Log nothing."""

    def do_GET(self) -> None:
        span = self.headers.get("Range")
        self.web.requests.append((self.path, span))
        path = Path(self.translate_path(self.path))
        if not (span and self.web.ranges and path.is_file()):
            return super().do_GET()
        start, end = map(int, span.removeprefix("bytes=").split("-"))
        content = path.read_bytes()[start : end + 1]
        self.send_response(206)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        return None


@pytest.fixture
def web(bundle: Path) -> Iterator[Web]:
    """The bundle on loopback."""
    server = Web(bundle)
    listener = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, server))
    server.address = f"http://127.0.0.1:{listener.server_address[1]}"
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    listener.shutdown()
    listener.server_close()


@pytest.fixture
def copied(bundle: Path, tmp_path: Path) -> Path:
    """A copy of the bundle that the test damages."""
    return Path(shutil.copytree(bundle, tmp_path / "copied"))


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_the_documentation_run(
    web: Web, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NTSB_ACCIDENTS_CACHE", str(tmp_path))
    module = importlib.import_module(name)
    globs = {"ADDRESS": web.address}
    finder = doctest.DocTestFinder(exclude_empty=True)
    tests = finder.find(module, extraglobs=globs, module=module)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    for test in tests:
        runner.run(test)
    assert runner.summarize(verbose=False).failed == 0
    assert runner.tries or name.endswith("storage")


def test_tables_are_those_of_the_database(bundled: Workspace, bundle: Path) -> None:
    data = ntsb_accidents.open(bundle)
    ((release, count),) = bundled.query("select id, (select count(*) from ntsb.events) from audit.release")
    assert (data.id, len(data.events())) == (release, count)
    for (ev_id,) in bundled.query("select ev_id from ntsb.events order by md5(ev_id) limit 3"):
        rows = data.event(ev_id)
        for table in rows:
            ((expected,),) = bundled.query(f"select count(*) from ntsb.{table} where ev_id = '{ev_id}'")
            assert len(rows[table]) == expected
    assert release in data.cite()


def test_a_folder_and_an_address_give_the_same(bundle: Path, web: Web, tmp_path: Path) -> None:
    local, remote = ntsb_accidents.open(bundle), ntsb_accidents.open(web.address, cache=tmp_path)
    for years, states, columns in (([2019], ["AK"], ["ev_id"]), (range(1990, 2000), None, None), (None, ["TX"], None)):
        pd.testing.assert_frame_equal(local.events(years, states, columns), remote.events(years, states, columns))
    pd.testing.assert_frame_equal(local.codes("ev_state"), remote.codes("events.ev_state"))
    pd.testing.assert_frame_equal(local.dictionary(), remote.dictionary())


def test_what_was_downloaded_is_not_requested_again(web: Web, tmp_path: Path) -> None:
    first = ntsb_accidents.open(web.address, cache=tmp_path).events()
    web.requests.clear()
    second = ntsb_accidents.open(web.address, cache=tmp_path).events()
    pd.testing.assert_frame_equal(first, second)
    assert {path.rpartition("/")[2] for path, _ in web.requests} == {"releases.json", "manifest.json"}


@pytest.mark.parametrize("ranges", [True, False], ids=["ranges", "no ranges"])
def test_of_large_files_only_parts_are_requested(
    web: Web, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ranges: bool
) -> None:
    monkeypatch.setattr("ntsb_accidents.storage.WHOLE_BYTES", 10_000)
    monkeypatch.setattr("ntsb_accidents.storage.BLOCK_BYTES", 4096)
    web.ranges = ranges
    data = ntsb_accidents.open(web.address, cache=tmp_path)
    pd.testing.assert_frame_equal(data.events(columns=["ev_id"]), ntsb_accidents.open(bundle).events(columns=["ev_id"]))
    parts = [span for path, span in web.requests if path.endswith("/events.parquet")]
    size = (bundle / data.id / "ntsb" / "events.parquet").stat().st_size
    assert all(parts) and (4096 * len(parts) < size if ranges else len(parts) == 1)
    web.requests.clear()
    ntsb_accidents.open(web.address, cache=tmp_path).events(columns=["ev_id"])
    assert not [path for path, _ in web.requests if path.endswith("/events.parquet")]


def test_verify_names_every_file_that_differs(copied: Path) -> None:
    data = ntsb_accidents.open(copied)
    data.verify()
    folder = copied / data.id
    content = bytearray((folder / "ntsb" / "aircraft.parquet").read_bytes())
    content[100] ^= 1
    (folder / "ntsb" / "aircraft.parquet").write_bytes(content)
    (folder / "mart" / "mv_rates.parquet").unlink()
    with pytest.raises(ntsb_accidents.InvalidBundle) as error:
        data.verify()
    assert "2 files differ" in str(error.value)
    assert all(name in str(error.value) for name in ("ntsb/aircraft.parquet", "mart/mv_rates.parquet"))


def test_a_file_that_was_changed_on_the_way_is_not_used(web: Web, tmp_path: Path, copied: Path) -> None:
    web.folder = copied
    data = ntsb_accidents.open(web.address, cache=tmp_path / "cache")
    path = copied / data.id / "ntsb" / "events.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(ntsb_accidents.InvalidBundle, match="expected sha256"):
        data.events()
    assert not list((tmp_path / "cache").glob("*"))


@pytest.mark.parametrize(
    "change",
    [{"path": "../../secret"}, {"path": "/etc/passwd"}, {"sha256": "../../x"}, {"bytes": -1}, {"bytes": "1"}],
)
def test_a_manifest_that_names_files_elsewhere_is_refused(copied: Path, change: dict[str, Any]) -> None:
    (path,) = copied.glob("*/manifest.json")
    manifest = json.loads(path.read_text())
    manifest["files"][0] |= change
    path.write_text(json.dumps(manifest))
    with pytest.raises(ntsb_accidents.InvalidBundle, match="expected path, bytes and sha256"):
        ntsb_accidents.open(copied)


def test_what_is_no_bundle_is_named(tmp_path: Path, web: Web) -> None:
    for location in (tmp_path, f"{web.address}/nothing", "http://127.0.0.1:1"):
        with pytest.raises(ntsb_accidents.InvalidBundle, match=r"releases\.json"):
            ntsb_accidents.open(location, cache=tmp_path)
    (tmp_path / "releases.json").write_text("[1]")
    with pytest.raises(ntsb_accidents.InvalidBundle):
        ntsb_accidents.open(tmp_path)


def test_an_earlier_release_of_the_folder_is_available(copied: Path) -> None:
    current = ntsb_accidents.open(copied)
    with pytest.raises(KeyError):
        current.as_of("0123456789ab")
    shutil.copytree(copied / current.id, copied / "0123456789ab")
    content = {"current": current.id, "releases": sorted([current.id, "0123456789ab"])}
    (copied / "releases.json").write_text(json.dumps(content))
    assert ntsb_accidents.open(copied).as_of("0123456789ab").id == "0123456789ab"


def test_unknown_names_are_key_errors(bundle: Path) -> None:
    data = ntsb_accidents.open(bundle)
    for call in (data.event, data.table, data.codes, data.dictionary, data.as_of):
        with pytest.raises(KeyError):
            call("nothing")


def test_the_files_are_readable_without_the_package(bundle: Path) -> None:
    data = ntsb_accidents.open(bundle)
    path = bundle / data.id / "ntsb" / "events.parquet"
    assert len(pd.read_parquet(path, filters=[("ev_state", "==", "AK")])) == len(data.events(states=["AK"]))
    ((count,),) = duckdb.execute("select count(*) from read_parquet(?) where ev_state = 'AK'", [str(path)]).fetchall()
    assert count == len(data.events(states=["AK"]))


def test_a_bundle_is_written_again_with_the_same_bytes(bundled: Workspace, bundle: Path, tmp_path: Path) -> None:
    result = bundle_command(bundled, tmp_path / "again")
    assert result.returncode == 0, result.stderr
    first, second = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (bundle, tmp_path / "again")
    )
    assert first == second


def test_a_missing_export_is_named(bundled: Workspace, tmp_path: Path) -> None:
    path = bundled.targets / "parquet" / "ntsb" / "events.parquet"
    path.rename(path.with_suffix(".away"))
    result = bundle_command(bundled, tmp_path)
    path.with_suffix(".away").rename(path)
    assert (result.returncode, "events.parquet" in result.stderr) == (1, True)
    assert not list(tmp_path.iterdir())
