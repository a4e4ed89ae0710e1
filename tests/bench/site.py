"""The site of a release: its size, the time to render it again, equal bytes, and how soon its first page is usable."""

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.bench import measures
from tests.bench.measures import Measure
from tests.bench.runs import EVERYTHING, Bench, RunFailed
from tests.browser.conftest import launch_chromium
from tests.results import sha256s

INTERACTIVE = "performance.getEntriesByType('navigation')[0].domInteractive"
MEGABYTE = 1_000_000


def measure(bench: Bench) -> None:
    """Adds the measurements of the site of a store, which is deleted and rendered again. Raises RunFailed."""
    folder = bench.place.store / "reports" / "html"
    before = digests(folder)
    size = sum((folder / name).stat().st_size for name in before)
    bench.add(Measure(measures.SITE_SIZE, size / MEGABYTE, "MB", note=f"{len(before):,} files"))
    shutil.rmtree(folder)
    bench.measure(measures.SITE, EVERYTHING, note="all pages and their data, deleted before, by the number of workers")
    after = digests(folder)
    if different := sorted(name for name in {*before, *after} if before.get(name) != after.get(name)):
        raise RunFailed(f"site: expected the same bytes as before, found other ones in {', '.join(different[:5])}")
    try:
        bench.add(Measure(measures.SITE_OPEN, seconds_until_interactive(folder / "index.html"), note="from its file"))
    except FileNotFoundError as error:
        print(f"not measured: {measures.SITE_OPEN} ({error})")


def digests(folder: Path) -> dict[str, str]:
    """{path: SHA-256} of the files of the site, without those that say how they were made."""
    return {name: digest for name, digest in sha256s(folder, "*").items() if not name.startswith(".")}


def seconds_until_interactive(page_file: Path) -> float:
    """Seconds from the start of the navigation until Chromium has parsed a page. Raises FileNotFoundError."""
    with sync_playwright() as playwright, launch_chromium(playwright) as browser:
        page = browser.new_page()
        page.goto(page_file.as_uri())
        return float(page.evaluate(INTERACTIVE)) / 1000
