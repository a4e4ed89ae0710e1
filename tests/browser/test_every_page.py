"""Every page, empty and filled, on a phone and a desktop, from a file and over HTTP."""

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import OpenedPage
from tests.browser.example_events import FULL
from tests.browser.example_types import COUNTS
from tests.browser.page_checks import OVERLAPS, broken_links, keyboard_problems, longest_task
from tests.browser.test_accessibility import violations
from tests.browser.test_pages import PAGES

PAIR = f"a={quote(COUNTS[0][0])}&b={quote(COUNTS[1][0])}"
FILLED = {"search.html": "cessna", "event.html": FULL, "types.html": PAIR, "dictionary.html": "events.apt_elev"}
ADDRESSES = [*PAGES, *(f"{file}#{fragment}" for file, fragment in FILLED.items())]
WIDTHS = {"phone": 390, "desktop": 1440}
# Milliseconds of processor time that one task may block a page at a quarter of the speed.
MAX_TASK_MS = 1000


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Write nothing."""


@pytest.fixture(scope="module")
def served(site: Path) -> Iterator[str]:
    """The site over HTTP."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS.keys())
@pytest.mark.parametrize("name", ADDRESSES, ids=range(len(ADDRESSES)))
def test_page_is_complete_readable_and_operable(
    chromium: Browser, site: Path, served: str, name: str, width: int
) -> None:
    """Phones, which are slow, load the page over HTTP, desktops from a file, offline."""
    is_phone = width == WIDTHS["phone"]
    context = chromium.new_context(offline=not is_phone, viewport={"width": width, "height": 900})
    try:
        opened = OpenedPage(context.new_page())
        if is_phone:
            assert longest_task(chromium, opened.page, f"{served}/{name}") <= MAX_TASK_MS
        else:
            opened.page.goto(f"{site.as_uri()}/{name}")
            opened.page.wait_for_load_state("networkidle")
        assert [url for url in opened.network_requests() if not url.startswith(f"{served}/")] == []
        opened.wait_until(f"document.documentElement.scrollWidth <= {width}")
        assert opened.page.evaluate(OVERLAPS) == []
        assert broken_links(opened.page, site) == []
        assert keyboard_problems(opened.page) == []
        assert violations(opened.page) == []
        assert opened.messages == []
    finally:
        context.close()
