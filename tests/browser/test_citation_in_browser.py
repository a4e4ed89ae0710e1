"""The citation of a page: completed by the address where it is served, and copied by a button."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import OpenPage


class Quiet(SimpleHTTPRequestHandler):
    """Logs nothing."""

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def address(site: Path) -> Iterator[str]:
    """The pages on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_a_served_page_is_cited_with_its_address_and_copied(chromium: Browser, address: str) -> None:
    context = chromium.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{address}/types.html?a=1#cite-this-page")
    page.get_by_role("button", name="Copy the citation").click()
    page.wait_for_selector("#copy-citation:text('Copied')")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("“Aircraft types”, in: NTSB aviation accident data, release 5f0c2a9be1d34477, data as of")
    assert copied.endswith(f" {address}/types.html")
    context.close()


def test_a_page_from_a_file_has_no_address_of_this_machine(open_page: OpenPage) -> None:
    with open_page("safety.html") as opened:
        citation = opened.page.locator("#citation").inner_text()
        assert "data as of 2025-11-01" in citation and "file:" not in citation and "/" not in citation
