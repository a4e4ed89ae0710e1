"""Save docs/overview.png, the image in the README: a screenshot of the safety overview of the samples.

    make demo && python -m tests.browser.picture

Set NTSB_STORE to use the page of another store.
"""

from playwright.sync_api import sync_playwright

from pipeline import config
from tests.browser.conftest import launch_chromium

# In pixels: all columns of the first table and the first chart are visible.
WIDTH, HEIGHT = 1100, 1940


def main() -> None:
    """Opens the page, saves a screenshot of its top and prints the path of the image."""
    source = config.store_folder() / "reports" / "html" / "safety.html"
    image = config.REPOSITORY / "docs" / "overview.png"
    if not source.exists():
        raise SystemExit(f"{source}: expected the safety overview, found no file; run `make demo`")
    with sync_playwright() as playwright, launch_chromium(playwright) as browser:
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(source.as_uri())
        page.screenshot(path=image)
    print(image)


if __name__ == "__main__":
    main()
