"""Accidents near an airport or a point, from files and without a network."""

import math
from typing import Any
from urllib.parse import quote

from tests.browser.conftest import OpenedPage, OpenPage
from tests.browser.example_places import AIRPORTS, POINTS

PORTLAND = AIRPORTS[0]


def kilometers(latitude: float, longitude: float) -> float:
    """The distance from Portland's airport by the law of cosines."""
    one, other = (tuple(map(math.radians, point)) for point in (PORTLAND[4:], (latitude, longitude)))
    cosine = math.sin(one[0]) * math.sin(other[0]) + math.cos(one[0]) * math.cos(other[0]) * math.cos(one[1] - other[1])
    return 6371 * math.acos(min(cosine, 1))


def search(opened: OpenedPage, text: str, distance: str = "50") -> tuple[str, list[str]]:
    opened.page.evaluate("document.getElementById('near-status').textContent = ''")
    opened.page.get_by_label("Airport, or latitude and longitude").fill("")
    opened.page.get_by_label("Distance").select_option(distance)
    opened.page.get_by_label("Airport, or latitude and longitude").fill(text)
    opened.page.keyboard.press("Enter")
    opened.wait_until("/within|match|Type/.test(document.getElementById('near-status').textContent)")
    return opened.page.locator("#near-status").inner_text(), opened.page.locator("#near-results li").all_inner_texts()


def test_accidents_near_a_place_are_those_within_the_distance_nearest_first(open_page: OpenPage) -> None:
    texts = ("kpdx", " PDX ", "portland international airport", "45.5887, -122.5975", "45.5887 -122.5975")
    with open_page("places.html") as opened:
        for text, distance in ((text, distance) for text in texts for distance in ("5", "100")):
            status, items = search(opened, text, distance)
            near = sorted((kilometers(*row[6:]), row[0]) for row in POINTS)
            expected = [(away, ev_id) for away, ev_id in near if away <= float(distance)]
            assert [ev_id for _, ev_id in expected] == [item.rsplit("; ", 1)[1] for item in items]
            assert all(f"{away:.1f} km" in item for (away, _), item in zip(expected, items, strict=True))
            assert status.startswith(f"{len(expected)} accidents within {distance} km")
            assert "1 of them fatal, 1 with unknown injuries" in status
        assert opened.messages == [] and opened.network_requests() == []


def test_several_airports_are_offered_and_an_address_repeats_the_search(open_page: OpenPage, site: Any) -> None:
    with open_page("places.html") as opened:
        assert search(opened, "portland") == ("2 airports match; choose one.", [])
        opened.page.get_by_role("link", name="KPDX, Portland").click()
        opened.wait_until("document.querySelectorAll('#near-results li').length === 2")
        # An event without a date is in the index of those, not in the details of the newest events.
        links = opened.page.locator("#near-results a").evaluate_all("nodes => nodes.map(n => n.getAttribute('href'))")
        assert sorted(links) == ["event.html#20200102X00001", "event.html#PRE1982-7/undated"]
        assert "<script>" in opened.page.locator("#near-results").inner_text()
        opened.page.goto("about:blank")
        opened.page.goto((site / "places.html").as_uri() + f"#near={quote('61.2, -150')}&km=5")
        opened.wait_until("document.querySelectorAll('#near-results li').length === 1")


def test_a_place_that_is_not_found_is_said_to_be(open_page: OpenPage) -> None:
    with open_page("places.html") as opened:
        for text, status in (
            ("atlantis", "No airport"),
            ("", "Type an airport"),
            ("95, 0", "No airport"),
            (", ,", "No airport"),
        ):
            shown, items = search(opened, text)
            assert shown.startswith(status) and items == []
            assert opened.page.locator("#choices li").count() == 0
