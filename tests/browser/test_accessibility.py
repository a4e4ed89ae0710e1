"""Pages have no violations of axe-core's rules."""

from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import OpenPage
from tests.browser.test_pages import PAGES

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = {"phone": 390, "desktop": 1440}


def violations(page: Any) -> list[str]:
    """One line for each element that violates a rule."""
    page.evaluate(AXE.read_text(encoding="utf-8") + ";0")
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{rule['id']}: {node['html'][:120]}" for rule in result["violations"] for node in rule["nodes"]]


@pytest.mark.skipif(not AXE.is_file(), reason="no axe-core: npm ci in tests/browser")
@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS.keys())
@pytest.mark.parametrize("name", PAGES)
def test_page_has_no_accessibility_violation(open_page: OpenPage, name: str, width: int) -> None:
    with open_page(name) as opened:
        opened.page.set_viewport_size({"width": width, "height": 900})
        opened.page.wait_for_load_state("networkidle")
        assert violations(opened.page) == []
