"""The page on aircraft types: search, order, one type, and two, by mouse and by keyboard."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from reports.shared import formats
from tests.browser.conftest import OpenedPage, OpenPage
from tests.browser.example_study import HOSTILE
from tests.browser.example_types import COUNTS

FIRST, SECOND = COUNTS[0][0], COUNTS[1][0]
PAIR = f"a={quote(FIRST)}&b={quote(SECOND)}"


@pytest.fixture
def opened(open_page: OpenPage) -> Iterator[OpenedPage]:
    with open_page("types.html") as page:
        yield page


def visible_types(opened: OpenedPage) -> list[str]:
    return [text.strip() for text in opened.page.locator("#types tbody tr:visible th").all_inner_texts()]


def cells(opened: OpenedPage, caption: str, head: str) -> list[str]:
    """The cells of the row with this head in the table with this caption."""
    row = opened.page.locator(f'#chosen .scroll[aria-label="{caption}"] tr', has=opened.page.get_by_role("rowheader"))
    texts = [line.split("\t") for line in row.all_inner_texts()]
    (cells_of_row,) = [line for line in texts if line[0].strip() == head]
    return [text.strip() for text in cells_of_row[1:]]


def test_types_below_the_threshold_are_left_out(opened: OpenedPage) -> None:
    assert visible_types(opened) == [name for name, aircraft, *_ in COUNTS if aircraft >= 100]


def test_search_finds_words_in_any_order(opened: OpenedPage) -> None:
    opened.page.get_by_label("Search by make or model").fill("skyhawk 172")
    assert visible_types(opened) == [FIRST]
    assert opened.page.get_by_role("status").inner_text() == "1 of 3 types"
    opened.page.get_by_label("Search by make or model").fill("")
    assert len(visible_types(opened)) == 3


@pytest.mark.parametrize(("column", "number"), [("Aircraft", 1), ("Fatal", 3)])
def test_table_is_sorted_by_a_column_in_both_directions(opened: OpenedPage, column: str, number: int) -> None:
    button = opened.page.get_by_role("button", name=column, exact=True)
    counts = {name: (aircraft, accidents, fatal) for name, aircraft, accidents, fatal, _ in COUNTS[:3]}
    ordered = sorted(counts, key=lambda name: counts[name][number - 1])
    button.focus()
    opened.page.keyboard.press("Enter")
    assert visible_types(opened) == ordered[::-1]
    assert opened.page.locator("#types thead th").nth(number).get_attribute("aria-sort") == "descending"
    opened.page.keyboard.press("Enter")
    assert visible_types(opened) == ordered


def test_a_type_is_shown_with_its_numbers_and_can_be_linked(opened: OpenedPage) -> None:
    opened.page.get_by_role("link", name="Bell 47 & others #1").click()
    opened.page.wait_for_selector("#chosen h2:visible")
    assert opened.page.locator("#chosen h2").inner_text() == "Bell 47 & others #1"
    assert cells(opened, "Accidents in the United States", "Accidents") == ["4"]
    assert cells(opened, "Accidents in the United States", "Share fatal, of accidents of known severity") == ["too few"]
    assert opened.page.evaluate("document.activeElement.tagName") == "H2"
    opened.page.reload()
    assert opened.page.locator("#chosen h2").inner_text() == "Bell 47 & others #1"
    opened.page.get_by_role("link", name="Back to all types").click()
    opened.wait_until("document.getElementById('chosen').hidden")


@pytest.mark.parametrize("separator", ["#", "?"])
def test_two_types_are_compared_by_address(opened: OpenedPage, site: Any, separator: str) -> None:
    opened.page.goto("about:blank")
    opened.page.goto((site / "types.html").as_uri() + separator + PAIR)
    assert cells(opened, "Accidents in the United States", "Fatal accidents") == ["130", "100"]
    expected = [formats.share_with_interval(fatal, known, 5) for _, _, _, fatal, known in COUNTS[:2]]
    actual = cells(opened, "Accidents in the United States", "Share fatal, of accidents of known severity")
    assert expected == actual
    assert cells(opened, "Kind of accident", "Loss of control in flight")[0::3] == ["425", "140"]
    assert opened.page.locator("#chosen svg.plot").count() == 2
    assert opened.page.locator("#chosen .break").count() == 2 and opened.page.locator("#chosen rect.part").count() == 4
    assert opened.page.get_by_role("button", name="Save CSV").count() == 2
    # An anchor of the page leaves what is shown.
    opened.page.evaluate("location.hash = 'compare-two-types'")
    opened.page.wait_for_timeout(50)
    assert opened.page.locator("#chosen h2").count() == 1
    opened.page.get_by_role("link", name="Back to all types").click()
    opened.wait_until("document.getElementById('chosen').hidden")
    assert opened.messages == [] and opened.network_requests() == []


def test_names_in_other_letter_case_and_of_forms_are_known(opened: OpenedPage, site: Any) -> None:
    for text in ("cessna 172 SKYHAWK", "Cessna+172+Skyhawk"):
        opened.page.evaluate(f"location.hash = 'a={text}'")
        opened.wait_until(f"document.querySelector('#chosen h2')?.textContent === '{FIRST}'")
        opened.page.evaluate("location.hash = 'all-types'")
        opened.wait_until("document.getElementById('chosen').hidden")


def test_two_types_are_chosen_with_the_keyboard(opened: OpenedPage) -> None:
    for label, name in (("First type", FIRST), ("Second type", SECOND)):
        opened.page.get_by_label(label).focus()
        opened.page.keyboard.type(name[:6])
        opened.page.keyboard.press("Enter")
        opened.wait_until(f"document.activeElement.tagName === 'H2' || {len(name)} === 0")
    heading = opened.page.locator("#chosen h2").inner_text()
    assert FIRST in heading and " and " in heading


def test_an_unknown_type_is_named_as_text(opened: OpenedPage, site: Any) -> None:
    opened.page.goto("about:blank")
    opened.page.goto((site / "types.html").as_uri() + f"#type={quote('<img src=x onerror=alert(1)>')}")
    assert "<img" in opened.page.locator("#chosen").inner_text()
    assert opened.page.locator("#chosen img").count() == 0


def test_a_phone_shows_a_comparison_without_scrolling_the_page(open_page: OpenPage, site: Any) -> None:
    with open_page("types.html") as phone:
        phone.page.set_viewport_size({"width": 360, "height": 740})
        phone.page.goto("about:blank")
        phone.page.goto((site / "types.html").as_uri() + "#" + PAIR)
        phone.wait_until("document.documentElement.scrollWidth <= 360")
        sizes = phone.page.evaluate(
            "[...document.querySelectorAll('#compare select, #search, button.sort')]"
            ".map((node) => node.getBoundingClientRect().height)"
        )
        assert min(sizes) >= 24


def test_text_of_a_type_is_never_html(opened: OpenedPage) -> None:
    opened.page.evaluate(f"location.hash = 'type={quote(HOSTILE)}'")
    opened.page.wait_for_selector("#chosen h2:visible")
    assert opened.page.locator("#chosen h2").inner_text().strip() == HOSTILE.strip()
    assert opened.page.locator("#chosen script, #chosen img").count() == 0
