"""Files and functions stay small enough to be read at once."""

from pathlib import Path

import pytest

from tests.architecture import tree

PYTHON_LINES, FUNCTION_LINES, SQL_LINES = 200, 30, 80


def too_long(paths: tuple[Path, ...], limit: int) -> list[str]:
    counted = [(path, len(path.read_text(encoding="utf-8").splitlines())) for path in paths]
    return [f"{tree.shown(path)}: {lines} lines, {limit} allowed" for path, lines in counted if lines > limit]


def test_python_files_are_short() -> None:
    assert too_long(tree.files(".py"), PYTHON_LINES) == []


def test_sql_files_are_short() -> None:
    assert too_long(tree.files(".sql"), SQL_LINES) == []


@pytest.mark.parametrize("package", tree.PACKAGES)
def test_functions_are_short(package: str) -> None:
    found = [(path, node, tree.lines_of(node)) for path in tree.files(".py", package) for node in tree.functions(path)]
    long = [
        f"{tree.shown(path)}:{node.lineno} {node.name}: {lines} lines, {FUNCTION_LINES} allowed"
        for path, node, lines in found
        if lines > FUNCTION_LINES
    ]
    assert long == []


def test_source_says_its_types() -> None:
    """Every argument and every result is typed, in tests too."""
    bare = []
    for path in tree.files(".py"):
        for node in tree.functions(path):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            named = [each.arg for each in arguments if each.annotation is None and each.arg not in ("self", "cls", "_")]
            if named or node.returns is None:
                bare.append(f"{tree.shown(path)}:{node.lineno} {node.name}: {', '.join(named) or 'its result'}")
    assert bare == []
