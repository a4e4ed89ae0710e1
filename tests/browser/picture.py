"""Draw docs/overview.png, the picture in the README, from the overview of the samples.

    make demo && python -m tests.browser.picture

Another store's page is drawn where NTSB_STORE names it.
"""

from playwright.sync_api import sync_playwright

from pipeline import config
from tests.browser.conftest import launched

# Wide enough for every column of the first table, high enough for the first chart.
WIDTH, HEIGHT = 1100, 1480


def main() -> None:
    """Opens the page as readers do and saves its top; prints where."""
    page = config.store_folder() / "reports" / "html" / "safety.html"
    picture = config.REPOSITORY / "docs" / "overview.png"
    if not page.exists():
        raise SystemExit(f"{page}: expected the overview, found no such page; run `make demo`")
    with sync_playwright() as player, launched(player) as browser:
        sheet = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        sheet.goto(page.as_uri())
        sheet.locator(".main-svg").first.wait_for()
        sheet.screenshot(path=picture)
    print(picture)


if __name__ == "__main__":
    main()
