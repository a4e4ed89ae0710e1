"""Text files are read and written in UTF-8, whatever the locale."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture import tree


def calls_without_encoding(source: ast.AST) -> Iterator[int]:
    """Line numbers of `read_text`, `write_text` and `open` with a mode for text, without an encoding."""
    for node in ast.walk(source):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            modes = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
            is_file = not (isinstance(node.func.value, ast.Name) and node.func.value.id == "os")
            is_open = is_file and node.func.attr == "open" and (not node.args or (modes and "b" not in str(modes[0])))
            is_text = is_open or node.func.attr in ("read_text", "write_text")
            if is_text and "encoding" not in {keyword.arg for keyword in node.keywords}:
                yield node.lineno


@pytest.mark.parametrize("path", tree.files(".py", "pipeline", "targets", "models", "reports"), ids=tree.shown)
def test_every_text_file_has_an_encoding(path: Path) -> None:
    assert list(calls_without_encoding(tree.tree_of(path))) == []
