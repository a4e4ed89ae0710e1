"""Every type of leakage names a test that exists."""

import ast
import re

from tests.architecture.tree import REPOSITORY

PAGE = (REPOSITORY / "docs" / "explanation" / "leakage.md").read_text(encoding="utf-8")


def test_every_type_of_leakage_names_an_existing_test() -> None:
    rows = re.findall(r"^\| (\d(?:\.\d)?) [^|]+\| [^|]+ \| `([^`]+)::([^`]+)` \|$", PAGE, re.MULTILINE)
    assert [number for number, _, _ in rows] == ["1.1", "1.2", "1.3", "1.4", "2", "3.1", "3.2", "3.3"]
    missing = []
    for _, file, name in rows:
        tree = ast.parse((REPOSITORY / file).read_text(encoding="utf-8"))
        if name not in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}:
            missing.append(f"{file}::{name}")
    assert missing == []
