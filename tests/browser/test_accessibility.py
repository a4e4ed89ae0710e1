"""Pages have no violations of axe-core's rules, and charts offer nothing that leaves the page."""

from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import OpenPage
from tests.browser.test_pages import CHARTS

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"


def violations(page: Any) -> list[str]:
    """One line for each element that violates a rule."""
    page.evaluate(AXE.read_text(encoding="utf-8") + ";0")
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{rule['id']}: {node['html'][:120]}" for rule in result["violations"] for node in rule["nodes"]]


@pytest.mark.parametrize("name", sorted(CHARTS))
def test_the_only_button_of_a_chart_saves_it_as_an_image(open_page: OpenPage, name: str) -> None:
    with open_page(name) as opened:
        opened.page.wait_for_selector(".chart svg.main-svg")
        titles = opened.page.eval_on_selector_all(".modebar-btn", "nodes => nodes.map(n => n.dataset.title)")
        assert set(titles) == {"Download plot as a PNG"}
