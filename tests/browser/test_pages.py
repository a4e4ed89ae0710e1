"""The pages in a real browser, opened from a file with the network off."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from reports.shared.catalog import ALL, REPORTS

Opening = Callable[..., Any]
EVERY = [spec.file_name for spec in ALL]
DRAWN = {"safety.html": 5, "severity.html": 6, "harmonization.html": 3, "reconciliation.html": 2}
# WCAG's contrast of two colours, of every text against the nearest painted ground below it.
FAINT = """() => {
  const light = (rgb) => {
    const v = rgb.map(c => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; };
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const ground = (node) => {
    for (let n = node; n; n = n.parentElement) {
      const c = parse(getComputedStyle(n).backgroundColor);
      if (c.length === 3 || c[3] > 0) return c.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const faint = [];
  const texts = "p, td, th, a, h1, h2, h3, dt, dd, summary, figcaption, code, caption, li";
  for (const node of document.querySelectorAll(texts)) {
    const own = light(parse(getComputedStyle(node).color).slice(0, 3)), below = light(ground(node));
    const ratio = (Math.max(own, below) + 0.05) / (Math.min(own, below) + 0.05);
    if (ratio < 4.5) faint.push(`${node.tagName} ${node.textContent.trim().slice(0, 30)} ${ratio.toFixed(2)}`);
  }
  return faint;
}"""


@pytest.mark.parametrize("name", EVERY)
def test_page_asks_no_network_and_does_not_complain(opened: Opening, name: str) -> None:
    with opened(name) as seen:
        seen.page.wait_for_load_state("networkidle")
        assert seen.complaints == []
        assert seen.outside() == []


@pytest.mark.parametrize("name", sorted(DRAWN))
def test_charts_are_drawn_and_their_tables_folded(opened: Opening, name: str) -> None:
    with opened(name) as seen:
        seen.page.wait_for_selector(".chart svg.main-svg")
        assert seen.page.locator(".chart:visible").count() == DRAWN[name]
        assert seen.page.locator(".chart:has(svg.main-svg)").count() == DRAWN[name]
        assert seen.page.locator("details.numbers[open]").count() == 0


def test_a_reader_can_point_at_a_bar(opened: Opening) -> None:
    with opened("safety.html") as seen:
        seen.page.locator("#chart-makes .bars .point").nth(3).hover(force=True)
        assert "in fatal events" in seen.page.locator("#chart-makes .hoverlayer").text_content()


@pytest.mark.parametrize("name", sorted(DRAWN))
def test_without_javascript_the_numbers_stand_open(opened: Opening, name: str) -> None:
    with opened(name, java_script_enabled=False) as seen:
        assert seen.page.locator(".chart:visible").count() == 0
        assert seen.page.locator("details.numbers table:visible").count() == DRAWN[name]


def test_without_the_script_beside_it_the_numbers_stand_open(opened: Opening, site: Path, tmp_path: Path) -> None:
    alone = tmp_path / "safety.html"
    alone.write_text((site / "safety.html").read_text())
    with opened("index.html") as seen:
        seen.page.goto(alone.as_uri())
        assert seen.page.locator("details.numbers table:visible").count() == DRAWN["safety.html"]


@pytest.mark.parametrize("name", EVERY)
def test_text_stands_out_in_light_and_dark(opened: Opening, name: str) -> None:
    with opened(name) as seen:
        seen.page.wait_for_load_state("networkidle")
        for scheme in ("light", "dark"):
            seen.page.emulate_media(color_scheme=scheme)
            assert (scheme, seen.page.evaluate(FAINT)) == (scheme, [])


def test_charts_follow_the_colour_scheme(opened: Opening) -> None:
    with opened("safety.html", color_scheme="dark") as seen:
        seen.page.wait_for_selector("#chart-yearly svg.main-svg")
        ground = "getComputedStyle(document.querySelector('#chart-yearly svg.main-svg')).backgroundColor"
        dark = seen.page.evaluate(ground)
        seen.page.emulate_media(color_scheme="light")
        seen.until(f"{ground} !== '{dark}'")
        assert seen.page.evaluate(ground) == "rgb(255, 255, 255)"


@pytest.mark.parametrize("name", EVERY)
def test_narrow_screens_scroll_down_only(opened: Opening, name: str) -> None:
    with opened(name) as seen:
        seen.page.set_viewport_size({"width": 360, "height": 740})
        # Charts follow the window a prediction_time later.
        seen.until("document.documentElement.scrollWidth <= 360")


@pytest.mark.parametrize("name", EVERY)
def test_headings_go_down_one_step_at_a_time(opened: Opening, name: str) -> None:
    with opened(name) as seen:
        levels = seen.page.evaluate("[...document.querySelectorAll('h1, h2, h3')].map(h => Number(h.tagName[1]))")
        assert levels[0] == 1 and levels.count(1) == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))
        assert seen.page.evaluate("document.documentElement.lang") == "en"
        ids = seen.page.evaluate("[...document.querySelectorAll('[id]')].map(n => n.id)")
        assert len(ids) == len(set(ids))


def test_the_index_leads_to_every_page(opened: Opening) -> None:
    for spec in REPORTS.values():
        with opened("index.html") as seen:
            seen.page.locator("main").get_by_role("link", name=spec.title).click()
            assert seen.page.locator("h1").inner_text() == spec.title


@pytest.mark.parametrize("name", EVERY)
def test_page_can_be_printed(opened: Opening, name: str) -> None:
    with opened(name, color_scheme="dark") as seen:
        seen.page.wait_for_load_state("networkidle")
        assert seen.page.pdf().startswith(b"%PDF")
