"""The data dictionary: filter, permalinks, and cards on phones."""

from tests.browser.conftest import OpenPage


def test_filter_shows_matching_columns_only_and_opens_their_tables(open_page: OpenPage) -> None:
    with open_page("dictionary.html") as opened:
        assert opened.page.locator("tbody tr:visible").count() <= 3  # files of the snapshot
        opened.page.get_by_label("Filter by name").fill("elevation feet")
        opened.wait_until("document.getElementById('matches').textContent === '3 columns'")
        names = opened.page.locator(".cards tbody tr:visible th").all_inner_texts()
        assert [name.strip() for name in names] == ["apt_elev"] * 3
        opened.page.get_by_label("Filter by name").fill("events lchg")
        opened.wait_until("document.getElementById('matches').textContent === '1 column'")
        opened.page.get_by_label("Filter by name").fill("")
        opened.wait_until("document.querySelectorAll('details.more[open]').length === 0")


def test_a_permalink_opens_the_table_of_its_column(open_page: OpenPage) -> None:
    with open_page("dictionary.html") as opened:
        opened.page.goto(f"{opened.page.url}#event_summary.lchg_date")
        opened.page.wait_for_selector("tr[id='event_summary.lchg_date']:visible")
        assert opened.page.locator("details.more[open]").count() == 1


def test_an_address_that_is_no_column_is_no_error(open_page: OpenPage) -> None:
    with open_page("dictionary.html#%") as opened:
        opened.page.wait_for_load_state("networkidle")
        assert opened.messages == [] and opened.page.locator("details.more[open]").count() == 0


def test_columns_are_cards_on_a_phone(open_page: OpenPage) -> None:
    with open_page("dictionary.html") as opened:
        opened.page.set_viewport_size({"width": 390, "height": 800})
        opened.page.goto(f"{opened.page.url}#events.apt_elev")
        row = opened.page.locator("tr[id='events.apt_elev']")
        assert row.evaluate("node => getComputedStyle(node).display") == "block"
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= 390
        label = row.locator("td[data-label=Unit]").evaluate("node => getComputedStyle(node, '::before').content")
        assert "Unit" in label
