"""A real browser without network access, and a folder with every page."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, sync_playwright

from reports.changes import feed
from reports.shared.catalog import ALL
from tests.browser import examples

NO_BACKGROUND_TRAFFIC = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
OpenPage = Callable[..., Any]


@contextmanager
def launch_chromium(playwright: Playwright) -> Iterator[Browser]:
    """The installed Chromium, headless. Raises FileNotFoundError if there is none."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        raise FileNotFoundError("chromium: expected on PATH, found none; run scripts/system-packages chromium")
    # Chromium's sandbox does not start as root.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    browser = playwright.chromium.launch(executable_path=program, args=[*NO_BACKGROUND_TRAFFIC, *sandbox])
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser shared by the tests of a file, which are skipped if there is none.

    Not for the session: Playwright's event loop runs in this thread, and `asyncio.run` fails beside it.
    """
    playwright: Playwright
    try:
        with sync_playwright() as playwright, launch_chromium(playwright) as browser:
            yield browser
    except FileNotFoundError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every page and its assets; its name contains a space."""
    folder = tmp_path_factory.mktemp("the site")
    for spec in ALL:
        (folder / spec.file_name).write_text(examples.build(spec), encoding="utf-8")
        if spec.has_data:
            (folder / spec.name).mkdir()
            for name, content in spec.data_files(examples.inputs(spec)).items():
                (folder / spec.name / name).write_bytes(content)
    (folder / "changes.atom").write_text(feed.build([], "5f0c2a9be1d34477"), encoding="utf-8")
    return folder


class OpenedPage:
    """A page with the requests it sent and the errors and warnings it logged."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.messages: list[str] = []
        self.requests: list[str] = []
        page.on("console", self._log)
        page.on("pageerror", lambda error: self.messages.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def _log(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.messages.append(message.text)

    def wait_until(self, expression: str, seconds: float = 20) -> None:
        """Poll until a JavaScript expression is true; the page's own CSP forbids Playwright's wait_for_function."""
        deadline = time.monotonic() + seconds
        while not self.page.evaluate(expression):
            assert time.monotonic() < deadline, f"{expression}: not true within {seconds} s"
            self.page.wait_for_timeout(50)

    def network_requests(self) -> list[str]:
        """Requested URLs that are neither files nor data of the page itself."""
        return [url for url in self.requests if not url.startswith(("file://", "data:", "blob:"))]


@pytest.fixture
def open_page(chromium: Browser, site: Path) -> OpenPage:
    """`with open_page('search.html#N1', **context_options) as opened:` loads a page from its file, offline."""

    @contextmanager
    def opening(name: str, **options: Any) -> Iterator[OpenedPage]:
        context = chromium.new_context(offline=True, viewport={"width": 1100, "height": 900}, **options)
        try:
            opened = OpenedPage(context.new_page())
            file, _, fragment = name.partition("#")
            opened.page.goto(f"{(site / file).as_uri()}#{fragment}".removesuffix("#"))
            yield opened
        finally:
            context.close()

    return opening
