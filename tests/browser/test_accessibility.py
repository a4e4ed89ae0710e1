"""Pages have no violations of axe-core's rules."""

import os
from pathlib import Path
from typing import Any

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"


def violations(page: Any) -> list[str]:
    """One line for each element that violates a rule. Without axe-core, none, except where all tests have to run."""
    if not AXE.is_file():
        return ["axe-core: expected tests/browser/node_modules"] if os.environ.get("CI") else []
    page.evaluate(AXE.read_text(encoding="utf-8") + ";0")
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{rule['id']}: {node['html'][:120]}" for rule in result["violations"] for node in rule["nodes"]]
