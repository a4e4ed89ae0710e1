"""The search page and the page on one event in a browser, from files and over HTTP."""

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import OpenedPage, OpenPage
from tests.browser.example_events import ABROAD, DOCKET, FULL, HOSTILE, OLD

FINISHED = "/(found.*|year or a part)\\.$/.test(document.getElementById('status').textContent)"
SHOWN = "document.getElementById('status').textContent === '' && !document.getElementById('section-event').hidden"


def search(opened: OpenedPage, text: str) -> list[str]:
    """The ids of the events that a search finds, typed and started with the keyboard."""
    opened.page.focus("#text")
    opened.page.keyboard.press("Control+A")
    opened.page.keyboard.type(text)
    opened.page.keyboard.press("Enter")
    opened.wait_until(FINISHED)
    links = opened.page.eval_on_selector_all("#results a", "nodes => nodes.map(node => node.getAttribute('href'))")
    return [link.removeprefix("event.html#") for link in links]


def sections(opened: OpenedPage) -> dict[str, str]:
    """{id: text} of the visible sections of the page on an event."""
    opened.wait_until(SHOWN)
    shown = opened.page.locator("main section:visible")
    return {str(section.get_attribute("id")).removeprefix("section-"): section.inner_text() for section in shown.all()}


# Text typed and the events it finds; the address of an old event names its year.
SEARCHES = {
    "N123AB|n123ab|123AB| n 123 ab |N-123AB|123-ab|N123": [FULL],
    f"{FULL}|wpr22la118|WPR22|bend|Bend, OR|2022-03-14|bend 2022": [FULL],
    "c-fabc|CFABC|cfabc 172": [ABROAD],
    "123ab cessna|2022 bend N-123AB": [FULL],
    "troy|piper|PA-28|1975-01-02": [f"{OLD}/1975"],
    "cessna|cessna 2022-03": [FULL, ABROAD],
    "boeing|bend piper|nusn": [],
}


def test_events_are_found_by_what_a_reader_knows(open_page: OpenPage) -> None:
    with open_page("search.html") as opened:
        for texts, events in SEARCHES.items():
            for text in texts.split("|"):
                assert (text, search(opened, text)) == (text, events)
        assert opened.messages == [] and opened.network_requests() == []


def test_a_date_or_a_year_loads_only_that_year(open_page: OpenPage) -> None:
    with open_page("search.html#1975-01-02") as opened:
        opened.wait_until(FINISHED)
        loaded = [url.rsplit("/", 1)[1] for url in opened.requests if url.endswith(".js")]
        assert loaded == ["1975.js"]


def test_operating_part_and_year_filter(open_page: OpenPage) -> None:
    with open_page("search.html") as opened:
        opened.page.select_option("#part", "091")
        opened.wait_until(FINISHED)
        assert opened.page.locator("#results a").count() == 1
        opened.page.select_option("#part", "")
        opened.wait_until(FINISHED)
        opened.page.select_option("#year", "1975")
        opened.wait_until(FINISHED)
        assert "TROY" in opened.page.inner_text("#results")


def test_the_page_of_an_event_shows_its_rows(open_page: OpenPage) -> None:
    with open_page(f"event.html#{FULL}") as opened:
        text = sections(opened)
        assert opened.page.inner_text("h1") == "2022-03-14, Bend, OREGON"
        assert opened.page.title() == "2022-03-14, Bend, OREGON, release 5f0c2a9be1d34477"
        assert list(text) == [
            *("event", "position", "aircraft", "injuries", "sequence", "findings", "narrative", "flags"),
            *("revisions", "links", "source"),
        ]
        assert "WPR22LA118" in text["event"] and "N123AB" in text["aircraft"]
        assert "44.0500° N, 121.3000° W" in text["position"] and "within 23 km" in text["position"]
        assert opened.page.locator("#position-content svg path").count() == 1
        assert "1\tcrew\t1" in text["injuries"] and "(defines the event)" in text["sequence"]
        assert HOSTILE in text["findings"] and "cause" in text["findings"]
        assert "The pilot's failure." in text["narrative"] and "First line.\nSecond line." in text["narrative"]
        assert "city_padded" in text["flags"] and "Bnd\tBend" in text["revisions"]
        assert opened.page.get_attribute("#links-content a", "href") == f"{DOCKET}104567"
        assert f"“Event {FULL}, 2022-03-14, Bend, OREGON”, in: NTSB" in opened.page.inner_text("#citation")
        assert "avall\t7" in text["source"] and f"why row ntsb.events {FULL}" in text["source"]
        assert opened.messages == [] and opened.network_requests() == []


def test_missing_values_of_an_event_are_stated(open_page: OpenPage) -> None:
    with open_page(f"event.html#{ABROAD}") as opened:
        text = sections(opened)
        assert HOSTILE in text["event"] and "authority of another country" in text["event"]
        assert "position is not known" in text["position"]
        assert text["links"].count("none: another authority") == 3
        assert "no narrative" in text["narrative"] and "injuries" not in text


@pytest.mark.parametrize("fragment", [f"{OLD}/1975", OLD, f"{OLD}/2999"])
def test_an_event_without_details_shows_what_the_index_has(open_page: OpenPage, fragment: str) -> None:
    with open_page(f"event.html#{fragment}") as opened:
        text = sections(opened)
        assert list(text) == ["event"] and "TROY" in text["event"] and "no details" in text["event"]


@pytest.mark.parametrize(
    "name", ["nothing", "..%2F..%2Fsafety", "%", "%3Cimg src=x onerror=alert(1)%3E", "zzz/undated"]
)
def test_an_unknown_event_is_named_as_unknown(open_page: OpenPage, name: str) -> None:
    with open_page(f"event.html#{name}") as opened:
        opened.wait_until("document.getElementById('status').textContent.startsWith('This release has no event')")
        assert opened.page.locator("main section:visible").count() == 0
        assert opened.messages == []


def test_a_search_leads_to_the_event_and_back_with_the_keyboard(open_page: OpenPage) -> None:
    with open_page("search.html") as opened:
        assert search(opened, "bend") == [FULL]
        for _ in range(4):
            opened.page.keyboard.press("Tab")
        with opened.page.expect_navigation():
            opened.page.keyboard.press("Enter")
        opened.wait_until(SHOWN)
        opened.page.go_back()
        opened.wait_until(FINISHED)
        assert opened.page.input_value("#text") == "bend"


def test_an_anchor_of_the_page_keeps_the_event_that_is_shown(open_page: OpenPage) -> None:
    with open_page(f"event.html#{FULL}") as opened:
        before = sections(opened)
        for anchor in ("content", "findings"):
            opened.page.evaluate(f"window.location.hash = '{anchor}'")
            opened.page.wait_for_timeout(100)
            assert sections(opened) == before


def test_another_event_replaces_the_one_shown(open_page: OpenPage) -> None:
    with open_page(f"event.html#{FULL}") as opened:
        sections(opened)
        opened.page.evaluate(f"window.location.hash = '{ABROAD}'")
        opened.wait_until("document.querySelector('h1').textContent.startsWith('2022-03-15')")
        assert "revisions" not in sections(opened)
        assert f"“Event {ABROAD}, 2022-03-15" in opened.page.inner_text("#citation")


@pytest.mark.parametrize("name", ["search.html", "event.html"])
def test_pages_without_javascript_name_the_command(open_page: OpenPage, name: str) -> None:
    with open_page(name, java_script_enabled=False) as opened:
        assert "python -m pipeline find TEXT" in opened.page.inner_text("main")


def test_a_missing_data_file_is_reported(open_page: OpenPage, site: Path, tmp_path: Path) -> None:
    (tmp_path / "search.html").write_bytes((site / "search.html").read_bytes())
    with open_page("index.html") as opened:
        opened.page.goto(f"{(tmp_path / 'search.html').as_uri()}#bend")
        opened.wait_until("document.getElementById('status').textContent.includes('cannot be read')")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Write nothing."""


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """The site over HTTP."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_search_and_event_work_over_http(chromium: Any, address: str) -> None:
    context = chromium.new_context()
    try:
        opened = OpenedPage(context.new_page())
        opened.page.goto(f"{address}/search.html#n123ab")
        opened.wait_until(FINISHED)
        with opened.page.expect_navigation():
            opened.page.click("#results a")
        assert "N123AB" in sections(opened)["aircraft"]
        assert opened.page.inner_text("#citation").endswith(f" {address}/event.html#{FULL}")
        assert opened.messages == []
        assert {url for url in opened.network_requests() if not url.startswith(address)} == set()
    finally:
        context.close()
