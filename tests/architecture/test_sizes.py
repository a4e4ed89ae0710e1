"""Files and functions stay below a size limit, and every function is annotated."""

from pathlib import Path

import pytest

from tests.architecture import tree

PYTHON_LINES, FUNCTION_LINES, SQL_LINES = 400, 30, 150


def files_over(paths: tuple[Path, ...], limit: int) -> list[str]:
    lengths = [(path, len(path.read_text(encoding="utf-8").splitlines())) for path in paths]
    return [f"{tree.shown(path)}: expected {limit} lines, found {lines}" for path, lines in lengths if lines > limit]


def test_python_files_have_at_most_400_lines() -> None:
    assert files_over(tree.files(".py"), PYTHON_LINES) == []


def test_sql_files_have_at_most_150_lines() -> None:
    assert files_over(tree.files(".sql"), SQL_LINES) == []


@pytest.mark.parametrize("package", [*tree.PACKAGES, "scripts", "benchmark", "client"])
def test_functions_have_at_most_30_lines(package: str) -> None:
    nodes = [(path, node) for path in tree.files(".py", package) for node in tree.functions(path)]
    too_long = [
        f"{tree.shown(path)}:{node.lineno} {node.name}: expected {FUNCTION_LINES} lines, found {lines}"
        for path, node in nodes
        if (lines := tree.lines_of(node)) > FUNCTION_LINES
    ]
    assert too_long == []


def test_functions_are_annotated() -> None:
    """Every argument and every result has a type, in tests too."""
    missing = []
    for path in tree.files(".py"):
        for node in tree.functions(path):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            bare = [item.arg for item in arguments if item.annotation is None and item.arg not in ("self", "cls", "_")]
            if bare or node.returns is None:
                missing.append(f"{tree.shown(path)}:{node.lineno} {node.name}: {', '.join(bare) or 'the result'}")
    assert missing == []
