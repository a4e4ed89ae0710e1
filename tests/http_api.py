"""The HTTP API of a store, in a thread of the test, on a free port of 127.0.0.1."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from models.severity.tracking.store import store_addresses
from pipeline.config import Serving
from pipeline.postgres import server as embedded_server
from pipeline.postgres.roles import READER
from pipeline.serving.model import ModelSource
from pipeline.serving.server import server_config
from pipeline.serving.settings import ServingSettings
from tests.running import Workspace

READY_S = 120


@dataclass(frozen=True)
class Api:
    """A running API: its address, a client, and the store that it serves."""

    address: str
    client: httpx.Client
    workspace: Workspace

    def get(self, path: str, **options: Any) -> Any:
        """The content of a successful response."""
        response = self.client.get(path, **options)
        assert response.status_code == 200, response.text
        return response.json()

    def pages(self, path: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """Every page of a list."""
        cursor = None
        while True:
            more = {"cursor": cursor} if cursor else {}
            page = self.get(path, params={**parameters, **more})
            yield page
            if (cursor := page["next_cursor"]) is None:
                return

    def port(self) -> int:
        """The port of the server."""
        return int(self.address.rpartition(":")[2])


def reader_url(workspace: Workspace) -> str:
    """The URL of the reader of the store's server."""
    return embedded_server.role_url(workspace.url(), workspace.targets / "postgres", READER)


def model_source(workspace: Workspace) -> ModelSource:
    """The models registered in the store."""
    return ModelSource(store_addresses("", workspace.store / "models" / "runs"), "severity")


@contextmanager
def api_server(workspace: Workspace, redis: str = "", key_file: Path | None = None, **values: Any) -> Iterator[Api]:
    """The API with other values of [Serving] than those of luigi.cfg, until the end of the block."""
    keys = key_file or workspace.targets / "serving" / "keys.json"
    section = Serving(**{"refresh_s": 0.1, "rate_limit": ""} | values)
    settings = ServingSettings(reader_url(workspace), False, keys, redis, section)
    config = server_config(settings, model_source(workspace), "127.0.0.1", 0)
    server = uvicorn.Server(config)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            with httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
                wait_until_ready(client)
                yield Api(address, client, workspace)
        finally:
            server.should_exit = True
            thread.join(30)


def wait_until_ready(client: httpx.Client) -> None:
    """Waits for a release and the models."""
    limit = time.monotonic() + READY_S
    while time.monotonic() < limit:
        try:
            if client.get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise TimeoutError(f"the API: expected to be ready within {READY_S} s")
