"""All pages in a real browser, opened from a file without network access."""

import csv
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest

from reports.shared.catalog import ALL, REPORTS
from tests.browser.conftest import OpenPage

PAGES = [spec.file_name for spec in ALL]
# Number of charts with data on each page that has any.
CHARTS = {
    "safety.html": 6,
    "severity.html": 7,
    "harmonization.html": 3,
    "reconciliation.html": 3,
    "operations.html": 6,
    "causes.html": 4,
    "places.html": 2,
}
# Text elements whose WCAG contrast ratio with their background is below 4.5.
LOW_CONTRAST = """() => {
  const luminance = (rgb) => {
    const v = rgb.map(c => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; };
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const backgroundOf = (node) => {
    for (let n = node; n; n = n.parentElement) {
      const c = parse(getComputedStyle(n).backgroundColor);
      if (c.length === 3 || c[3] > 0) return c.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const failures = [];
  const texts = "p, td, th, a, h1, h2, h3, dt, dd, summary, figcaption, code, caption, li";
  for (const node of document.querySelectorAll(texts)) {
    const text = luminance(parse(getComputedStyle(node).color).slice(0, 3)), background = luminance(backgroundOf(node));
    const ratio = (Math.max(text, background) + 0.05) / (Math.min(text, background) + 0.05);
    if (ratio < 4.5) failures.push(`${node.tagName} ${node.textContent.trim().slice(0, 30)} ${ratio.toFixed(2)}`);
  }
  return failures;
}"""


@pytest.mark.parametrize("name", sorted(CHARTS))
def test_charts_are_drawn_without_javascript_and_have_a_summary_and_a_table(open_page: OpenPage, name: str) -> None:
    with open_page(name, java_script_enabled=False) as opened:
        charts = opened.page.locator("figure.chart > svg.plot:visible")
        assert charts.count() == CHARTS[name]
        assert opened.page.locator("figure.chart details.numbers table").count() >= CHARTS[name]
        for chart in charts.all():
            assert len(chart.get_attribute("aria-label") or "") > 20
            assert chart.locator("rect, circle, path").count() > 0


def saved(opened: Any, button: str) -> tuple[str, bytes]:
    with opened.page.expect_download() as download:
        opened.page.locator("#chart-makes").get_by_role("button", name=button).click()
    return download.value.suggested_filename, download.value.path().read_bytes()


def test_a_chart_is_saved_as_a_picture_and_as_numbers(open_page: OpenPage) -> None:
    with open_page("safety.html") as opened:
        name, picture = saved(opened, "Save SVG")
        assert name == "makes.svg" and b"elease 5f0c2a9be1d34477" in picture
        # Without a style sheet: every bar has its color.
        fills = [node.get("fill") for node in ElementTree.fromstring(picture).iter() if node.tag.endswith("rect")]
        assert len(fills) > 20 and all((fill or "").startswith("rgb") for fill in fills)
        name, pixels = saved(opened, "Save PNG")
        width, height = (int.from_bytes(pixels[start : start + 4], "big") for start in (16, 20))
        assert name == "makes.png" and pixels.startswith(b"\x89PNG") and (width, height > 800) == (1440, True)
        assert len(pixels) > 10_000 and opened.messages == []
        name, text = saved(opened, "Save CSV")
        rows = list(csv.reader(text.decode().splitlines()))
        assert name == "makes.csv" and rows[0][:2] == ["Make", "Aircraft"] and rows[2][:3] == ["MAKE A", "450", "75"]


@pytest.mark.parametrize("name", PAGES)
def test_text_has_sufficient_contrast_in_light_and_dark_mode(open_page: OpenPage, name: str) -> None:
    with open_page(name) as opened:
        opened.page.wait_for_load_state("networkidle")
        for scheme in ("light", "dark"):
            opened.page.emulate_media(color_scheme=scheme)
            assert (scheme, opened.page.evaluate(LOW_CONTRAST)) == (scheme, [])


def test_charts_follow_the_color_scheme(open_page: OpenPage) -> None:
    with open_page("safety.html", color_scheme="dark") as opened:
        color = "getComputedStyle(document.querySelector('#chart-yearly rect')).fill"
        dark = opened.page.evaluate(color)
        opened.page.emulate_media(color_scheme="light")
        assert opened.page.evaluate(color) != dark


@pytest.mark.parametrize("name", PAGES)
def test_heading_levels_are_not_skipped_and_ids_are_unique(open_page: OpenPage, name: str) -> None:
    with open_page(name) as opened:
        levels = opened.page.evaluate("[...document.querySelectorAll('h1, h2, h3')].map(h => Number(h.tagName[1]))")
        assert levels[0] == 1 and levels.count(1) == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))
        assert opened.page.evaluate("document.documentElement.lang") == "en"
        ids = opened.page.evaluate("[...document.querySelectorAll('[id]')].map(n => n.id)")
        assert len(ids) == len(set(ids))


def test_the_start_page_links_to_every_page(open_page: OpenPage) -> None:
    for spec in REPORTS.values():
        with open_page("index.html") as opened:
            opened.page.locator("main").get_by_role("link", name=spec.title).click()
            assert opened.page.locator("h1").inner_text() == spec.title


@pytest.mark.parametrize("name", PAGES)
def test_page_can_be_printed(open_page: OpenPage, name: str) -> None:
    with open_page(name, color_scheme="dark") as opened:
        opened.page.wait_for_load_state("networkidle")
        assert opened.page.pdf().startswith(b"%PDF")
