"""The commands that the README shows for the HTTP API, and the command that serves."""

import re
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.architecture.tree import REPOSITORY
from tests.http_api import Api, wait_until_ready
from tests.running import Workspace

CONSOLE = re.compile(r"^```console\n(?P<text>\$ curl .*?)^```$", re.MULTILINE | re.DOTALL)
ADDRESS = "http://127.0.0.1:8000"


def examples() -> list[tuple[str, str]]:
    """(command, output) of the README's console blocks with curl."""
    blocks = "".join(match["text"] for match in CONSOLE.finditer((REPOSITORY / "README.md").read_text()))
    parts = [part.partition("\n") for part in re.split(r"^\$ ", blocks, flags=re.MULTILINE)[1:]]
    return [(command, output) for command, _, output in parts]


def test_the_readme_shows_three_requests() -> None:
    assert len(examples()) == 3


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("example", examples(), ids=lambda example: example[0].split("/v1/")[1][:12])
def test_a_request_of_the_readme_prints_what_the_readme_shows(api: Api, example: tuple[str, str]) -> None:
    command, output = example
    assert ADDRESS in command
    words = ["bash", "-c", command.replace(ADDRESS, api.address)]
    printed = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert printed.replace("\r\n", "\n") == output


def test_the_command_serves_until_it_is_interrupted(api: Api) -> None:
    workspace = api.workspace
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "pipeline", "serve", "--port", str(port)]
    process = subprocess.Popen(
        command, cwd=workspace.repository, env=workspace.environment(), stderr=subprocess.PIPE, text=True
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            wait_until_ready(client)
            assert client.get("/v1/cite").json() == api.get("/v1/cite")
            assert client.get("/readyz").json()["model"].startswith("severity-")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=90)
    finally:
        process.kill()
    assert "Traceback" not in errors and process.returncode == 0


def test_an_added_key_is_printed_once(api: Api) -> None:
    workspace = api.workspace
    outcomes = [workspace.command("serve", "--add-key", "laboratory") for _ in range(2)]
    assert [result.returncode for result in outcomes] == [0, 1]
    key = outcomes[0].stdout.strip()
    assert api.client.get("/v1/cite", headers={"X-API-Key": key}).status_code == 200
    assert "expected a new name" in outcomes[1].stderr
    assert workspace.command("serve", "--remove-key", "laboratory").returncode == 0
    assert api.client.get("/v1/cite", headers={"X-API-Key": key}).status_code == 401


@pytest.mark.parametrize("name", ["serve", "mcp", "bundle"])
def test_without_a_release_nothing_is_served_and_no_database_created(
    repository: Path, tmp_path: Path, name: str
) -> None:
    workspace = Workspace(tmp_path / "empty", repository)
    result = workspace.command(name, *([str(tmp_path / "bundle")] if name == "bundle" else []))
    assert result.returncode == 1
    assert result.stderr.startswith(f"{name}: expected a published release, found none; run `luigi")
    assert not (workspace.targets / "postgres").exists() and not (tmp_path / "bundle").exists()
