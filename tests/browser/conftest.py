"""A real browser that may read files and nothing else."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, Request, sync_playwright

from reports.shared import page
from reports.shared.catalog import ALL
from tests.browser import examples

QUIET = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
Opening = Callable[..., Any]


@contextmanager
def launched(player: Playwright) -> Iterator[Browser]:
    """Debian's Chromium; FileNotFoundError where there is none."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        raise FileNotFoundError("no chromium on this machine: run scripts/system-packages chromium")
    # Chromium's own sandbox does not start for root.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    browser = player.chromium.launch(executable_path=program, args=[*QUIET, *sandbox])
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Skips where there is no browser."""
    player: Playwright
    try:
        with sync_playwright() as player, launched(player) as browser:
            yield browser
    except FileNotFoundError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder, with a space in its name, that holds every page and what lies beside it."""
    folder = tmp_path_factory.mktemp("the site")
    for spec in ALL:
        (folder / spec.file_name).write_text(examples.build(spec), encoding="utf-8")
    for name, text in page.assets().items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


class Seen:
    """What a page asked for and complained of."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.asked: list[str] = []
        page.on(
            "console",
            lambda message: self.complaints.append(message.text) if message.type in ("error", "warning") else None,
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._ask)

    def _ask(self, request: Request) -> None:
        self.asked.append(request.url)

    def until(self, expression: str, seconds: float = 20) -> None:
        """Wait for a JavaScript expression to be true; asked from here, as the page lets nobody evaluate text."""
        end = time.monotonic() + seconds
        while not self.page.evaluate(expression):
            assert time.monotonic() < end, f"{expression} expected within {seconds} s"
            self.page.wait_for_timeout(50)

    def outside(self) -> list[str]:
        """Addresses that are no files and no data of the page itself."""
        return [url for url in self.asked if not url.startswith(("file://", "data:", "blob:"))]


@pytest.fixture
def opened(chromium: Browser, site: Path) -> Opening:
    """`with opened('safety.html', **context options) as seen:` a page from its file, with the network off."""

    @contextmanager
    def opening(name: str, **options: Any) -> Iterator[Seen]:
        context = chromium.new_context(offline=True, viewport={"width": 1100, "height": 900}, **options)
        try:
            seen = Seen(context.new_page())
            seen.page.goto((site / name).as_uri())
            yield seen
        finally:
            context.close()

    return opening
