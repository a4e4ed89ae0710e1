"""The package ntsb-accidents: a release from a folder and over HTTP, without a database."""

import doctest
import hashlib
import importlib
import json
import re
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from pipeline.export.bundle import describe
from tests.architecture.tree import REPOSITORY
from tests.running import Workspace, bundle_command

sys.path.append(str(REPOSITORY / "client" / "src"))
ntsb_accidents: Any = importlib.import_module("ntsb_accidents")
BLOCK = 4096
MODULES = ("ntsb_accidents", "ntsb_accidents.release", "ntsb_accidents.storage")


@dataclass
class Web:
    """A web server of a folder, and its requests as (path, Range).

    `change` gets status, Content-Range and content of each part, and returns what is sent instead; `tags`: has ETags.
    """

    folder: Path
    address: str = ""
    ranges: bool = True
    tags: bool = True
    change: Callable[[int, str, bytes], tuple[int, str, bytes]] | None = None
    requests: list[tuple[str, str | None]] = field(default_factory=list)


class Handler(SimpleHTTPRequestHandler):
    """Answers one range of a file if the server supports ranges, and the file has the ETag of If-Range."""

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
        whole = path.read_bytes()
        tag = f'"{hashlib.md5(whole).hexdigest()}"'
        if self.headers.get("If-Range", tag) != tag:
            return super().do_GET()
        start, end = map(int, span.removeprefix("bytes=").split("-"))
        part = whole[start : end + 1]
        answer = (206, f"bytes {start}-{start + len(part) - 1}/{len(whole)}", part)
        status, content_range, content = self.web.change(*answer) if self.web.change else answer
        self.send_response(status)
        for name, value in {"Content-Range": content_range, "ETag": tag if self.web.tags else ""}.items():
            if value:
                self.send_header(name, value)
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


def test_a_single_value_is_a_list_of_one_and_states_are_written_in_any_case(bundle: Path) -> None:
    data = ntsb_accidents.open(bundle)
    expected = data.events(years=[2019], states=["AK"], columns=["ev_id"])
    pd.testing.assert_frame_equal(data.events(years=2019, states="ak", columns="ev_id"), expected)
    assert len(expected) and data.events(years=[]).empty and data.events(states=[]).empty
    with pytest.raises(KeyError, match="nothing, neither"):
        data.events(columns=["ev_id", "nothing", "neither"])


def test_what_was_downloaded_is_not_requested_again(web: Web, tmp_path: Path) -> None:
    first = ntsb_accidents.open(web.address, cache=tmp_path).events()
    web.requests.clear()
    second = ntsb_accidents.open(web.address, cache=tmp_path).events()
    pd.testing.assert_frame_equal(first, second)
    assert {path.rpartition("/")[2] for path, _ in web.requests} == {"releases.json", "manifest.json"}


@pytest.fixture
def in_blocks(web: Web, copied: Path, monkeypatch: pytest.MonkeyPatch) -> Web:
    """The bundle with small blocks, so that its files are large ones."""
    monkeypatch.setattr("ntsb_accidents.storage.WHOLE_BYTES", 10_000)
    (path,) = copied.glob("*/manifest.json")
    manifest = json.loads(path.read_text())
    for item in manifest["files"]:
        item |= describe(path.parent / item["path"], BLOCK)
    path.write_text(json.dumps(manifest | {"block_bytes": BLOCK}))
    web.folder = copied
    return web


def parts_of_events(web: Web) -> list[str | None]:
    return [span for path, span in web.requests if path.endswith("/events.parquet")]


@pytest.mark.parametrize("ranges", [True, False], ids=["ranges", "no ranges"])
def test_of_large_files_only_parts_are_requested(in_blocks: Web, bundle: Path, tmp_path: Path, ranges: bool) -> None:
    in_blocks.ranges = ranges
    data = ntsb_accidents.open(in_blocks.address, cache=tmp_path / "cache")
    pd.testing.assert_frame_equal(data.events(columns=["ev_id"]), ntsb_accidents.open(bundle).events(columns=["ev_id"]))
    parts = parts_of_events(in_blocks)
    size = (bundle / data.id / "ntsb" / "events.parquet").stat().st_size
    assert all(parts) and (BLOCK * len(parts) < size if ranges else len(parts) == 1)
    in_blocks.requests.clear()
    ntsb_accidents.open(in_blocks.address, cache=tmp_path / "cache").events(columns=["ev_id"])
    assert not parts_of_events(in_blocks)


def test_a_file_whose_blocks_have_no_hashes_is_downloaded_whole(in_blocks: Web, copied: Path, tmp_path: Path) -> None:
    (path,) = copied.glob("*/manifest.json")
    manifest = json.loads(path.read_text())
    del manifest["block_bytes"]
    for item in manifest["files"]:
        item.pop("blocks", None)
    path.write_text(json.dumps(manifest))
    data = ntsb_accidents.open(in_blocks.address, cache=tmp_path / "cache")
    pd.testing.assert_frame_equal(data.events(), ntsb_accidents.open(copied).events())
    assert parts_of_events(in_blocks) == [None]


@pytest.mark.parametrize("size", [0, 5000, -5000], ids=["as large", "larger", "smaller"])
@pytest.mark.parametrize("tags", [True, False], ids=["ETag", "no ETag"])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_a_file_that_is_replaced_between_two_parts_is_never_mixed(
    in_blocks: Web, copied: Path, tmp_path: Path, count: int, tags: bool, size: int
) -> None:
    """Neither what is read nor the cache has bytes of the other file."""
    cache, in_blocks.tags = tmp_path / "cache", tags
    data = ntsb_accidents.open(in_blocks.address, cache=cache)
    path = copied / data.id / "ntsb" / "events.parquet"
    original = path.read_bytes()

    def replace_after_some(status: int, span: str, content: bytes) -> tuple[int, str, bytes]:
        if len(parts_of_events(in_blocks)) == count:
            path.write_bytes(bytes(byte ^ 1 for byte in (original + bytes(5000))[: len(original) + size]))
        return status, span, content

    in_blocks.change = replace_after_some
    with pytest.raises(ntsb_accidents.InvalidBundle, match=r"events\.parquet: expected"):
        data.events()
    blocks = [(int(block.name), block.read_bytes()) for block in cache.glob("*.blocks/*")]
    assert blocks
    assert all(content == original[number * BLOCK :][:BLOCK] for number, content in blocks)
    # Once the file is back, only what is missing is requested.
    path.write_bytes(original)
    in_blocks.change = None
    pd.testing.assert_frame_equal(data.events(), ntsb_accidents.open(copied).events())


OTHER_PARTS: dict[str, Callable[[int, str, bytes], tuple[int, str, bytes]]] = {
    "no Content-Range": lambda status, span, content: (status, "", content),
    "another Content-Range": lambda status, span, content: (status, "bytes 0-1/2", content),
    "another total": lambda status, span, content: (status, f"{span}0", content),
    "a shorter part": lambda status, span, content: (status, span, content[:-1]),
    "a longer part": lambda status, span, content: (status, span, content + b"x"),
    "another part": lambda status, span, content: (status, span, content[::-1]),
    "the part as the whole": lambda status, span, content: (200, "", content),
    "an error": lambda status, span, content: (416, "bytes */1", b""),
}


@pytest.mark.parametrize("name", OTHER_PARTS)
def test_a_response_that_is_not_the_requested_part_is_not_used(in_blocks: Web, tmp_path: Path, name: str) -> None:
    data = ntsb_accidents.open(in_blocks.address, cache=tmp_path / "cache")
    in_blocks.change = OTHER_PARTS[name]
    with pytest.raises(ntsb_accidents.InvalidBundle, match=r"events\.parquet: expected"):
        data.events()
    assert not list((tmp_path / "cache").rglob("*.blocks/*"))


def test_a_total_that_the_server_does_not_know_is_accepted(in_blocks: Web, copied: Path, tmp_path: Path) -> None:
    in_blocks.change = lambda status, span, content: (status, f"{span.partition('/')[0]}/*", content)
    data = ntsb_accidents.open(in_blocks.address, cache=tmp_path / "cache")
    pd.testing.assert_frame_equal(data.events(), ntsb_accidents.open(copied).events())


def test_a_damaged_cache_is_not_used(in_blocks: Web, copied: Path, tmp_path: Path) -> None:
    expected = ntsb_accidents.open(copied).events()
    ntsb_accidents.open(in_blocks.address, cache=tmp_path / "cache").events()
    ntsb_accidents.open(in_blocks.address, cache=tmp_path / "cache").codes("ev_state")
    cached = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    for path in cached:
        path.write_bytes(bytes(len(path.read_bytes())))
    data = ntsb_accidents.open(in_blocks.address, cache=tmp_path / "cache")
    pd.testing.assert_frame_equal(data.events(), expected)
    assert len(data.codes("ev_state")) > 50
    assert any(path.parent.name.endswith(".blocks") for path in cached)


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
    [
        *({"path": "../../secret"}, {"path": "/etc/passwd"}, {"sha256": "../../x"}, {"bytes": -1}, {"bytes": "1"}),
        *({"blocks": ["0" * 64] * 99}, {"blocks": ["../x"] * 2}, {"blocks": 1}, {"blocks": ["0" * 64] * 10**5}),
    ],
)
def test_a_manifest_that_names_files_elsewhere_is_refused(copied: Path, change: dict[str, Any]) -> None:
    (path,) = copied.glob("*/manifest.json")
    manifest = json.loads(path.read_text())
    manifest["files"][0] |= change
    path.write_text(json.dumps(manifest))
    with pytest.raises(ntsb_accidents.InvalidBundle, match=r"manifest\.json: expected"):
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


def test_the_examples_of_the_readme_run(web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NTSB_ACCIDENTS_CACHE", str(tmp_path))
    release = ntsb_accidents.open(web.folder).id
    text = readme = (REPOSITORY / "client" / "README.md").read_text()
    for name, value in {"http://127.0.0.1:8080": web.address, "163690cd0b6f": release, "RELEASE": release}.items():
        assert name in text
        text = text.replace(name, value)
    blocks = re.findall(r"^```python\n(.*?)^```", text.replace("FOLDER", str(web.folder)), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        exec(block, {"pandas": pd, "duckdb": duckdb})
    names = re.findall(r'^(?:arrow::read_parquet|read\.csv)\("FOLDER/RELEASE/([^"]+)"', readme, re.MULTILINE)
    assert len(names) == 2 and all((web.folder / release / name).exists() for name in names)


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
