"""Changes of a zip at a URL are noticed whatever its server reports, and responses that are no zip are named."""

import json
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from luigi.configuration import get_config

from pipeline.ingest import snapshot
from pipeline.tasks.sources import CreateSnapshot
from tests.architecture.tree import REPOSITORY
from tests.loopback import Loopback, Served
from tests.sourcing import error_of, run, server, store, zip_bytes  # noqa: F401  Pytest finds fixtures by name.

FAULTS = REPOSITORY.parent / "shared" / "tools" / "faults" / "n_server.py"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for(port: int) -> None:
    limit = time.monotonic() + 30
    while time.monotonic() < limit:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)


def digests(store: Path) -> list[str]:
    return [file.sha256 for file in snapshot.read_snapshot(CreateSnapshot().current_id(), store)]


def edit(path: Path, **values: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


@pytest.fixture
def settings(store: Path) -> Iterator[Callable[..., None]]:
    """Sets values of [Sources] for one test."""
    before = dict(get_config().items("Sources", raw=True))

    def configure(**values: object) -> None:
        for name, value in values.items():
            get_config().set("Sources", name, str(value))

    yield configure
    for name, text in before.items():
        get_config().set("Sources", name, text)


def test_a_zip_that_no_validator_distinguishes_is_downloaded_again_after_some_days(
    store: Path, server: Loopback
) -> None:
    before = zip_bytes("avall.mdb", random.Random(1).randbytes(200_000).hex())
    server.files["avall.zip"] = Served(before)
    run(CreateSnapshot())
    # Length, version and the last 64 KiB are equal, so the checksum in the zip is wrong, which only a download notices.
    server.files["avall.zip"] = Served(before[:5000] + bytes([before[5000] ^ 1]) + before[5001:])
    assert run(CreateSnapshot()).done == []
    (state,) = store.glob("sources/*/avall.archived.json")
    edit(state, downloaded_ns=time.time_ns() - 8 * 86_400 * 10**9)
    assert "avall.mdb is damaged inside the zip" in error_of(run(CreateSnapshot()))


def test_without_a_change_a_repeated_download_keeps_the_snapshot(
    store: Path, server: Loopback, settings: Callable[..., None]
) -> None:
    settings(recheck_days=0)
    run(CreateSnapshot())
    before = digests(store)
    result = run(CreateSnapshot())
    assert (result.errors, result.done.count("DownloadSource")) == ([], 2)
    assert digests(store) == before


@pytest.mark.parametrize(("name", "key"), [("avall.json", "probed_ns"), ("avall.archived.json", "downloaded_ns")])
def test_times_in_the_future_after_a_clock_error_hide_no_change(
    store: Path, server: Loopback, name: str, key: str
) -> None:
    run(CreateSnapshot())
    (state,) = store.glob(f"sources/*/{name}")
    edit(state, **{key: time.time_ns() + 10**18})
    server.files["avall.zip"] = Served(zip_bytes("avall.mdb", "newer"))
    assert run(CreateSnapshot()).done == ["CheckSource", "CreateSnapshot", "DownloadSource"]
    assert run(CreateSnapshot()).done == []


def test_the_sidecar_records_the_final_address(store: Path, server: Loopback) -> None:
    server.files["real.zip"] = server.files["avall.zip"]
    server.files["avall.zip"] = Served(b"", status=302, location="get?token=secret&file=real.zip")
    assert run(CreateSnapshot()).errors == []
    urls = {json.loads(path.read_text())["url"] for path in store.glob("archive/*.json")}
    assert urls == {f"{server.address}/get?token=***&file=real.zip", f"{server.address}/Pre2008.zip"}
    assert run(CreateSnapshot()).done == []


def test_a_login_page_is_named_with_its_address(store: Path, server: Loopback) -> None:
    server.files["login.html"] = Served(b"<!DOCTYPE html><html>Sign in</html>", kind="text/html")
    server.files["avall.zip"] = Served(b"", status=302, location="login.html")
    message = error_of(run(CreateSnapshot()))
    assert f"{server.address}/avall.zip, redirected to {server.address}/login.html: expected a zip, found a" in message


def test_a_download_above_the_limit_is_permanent_and_leaves_nothing(
    store: Path, server: Loopback, settings: Callable[..., None]
) -> None:
    settings(max_download_gb=0.001)
    server.files["avall.zip"] = Served(b"PK" * 10_000, endless=True, chunked=True)
    assert "expected at most 1000000 bytes" in error_of(run(CreateSnapshot()))
    assert not list(store.rglob("*.part*"))


@pytest.mark.skipif(not FAULTS.exists(), reason="needs the server in ../shared, which is not part of the project")
@pytest.mark.parametrize("mode", ["zerohead", "noua", "htmlhead", "gzip", "cookie", "login"])
def test_servers_with_known_faults(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    files, port = tmp_path / "served", free_port()
    files.mkdir()
    for name in ("avall", "Pre2008"):
        (files / f"{name}.zip").write_bytes(zip_bytes(f"{name}.mdb"))
    monkeypatch.setenv("NTSB_SOURCES", f"http://127.0.0.1:{port}/get?file={{file}}")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    process = subprocess.Popen([sys.executable, str(FAULTS), mode, str(port), str(files)], stdout=subprocess.DEVNULL)
    try:
        wait_for(port)
        result = run(CreateSnapshot())
        if mode == "login":
            assert "redirected to" in str(result.errors[0])
            assert "found a web page" in str(result.errors[0])
            return
        assert result.errors == []
        before = digests(store)
        assert run(CreateSnapshot()).done == []
        (files / "avall.zip").write_bytes(zip_bytes("avall.mdb", "newer"))
        assert run(CreateSnapshot()).errors == []
        assert digests(store) != before
    finally:
        process.terminate()
        process.wait()
