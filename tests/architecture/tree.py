"""The project's own source files, for tests of the architecture."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = ("pipeline", "targets", "models", "reports", "samples")
# Folders that runs and tools fill; .gitignore names the same.
MADE = ("targets/store", "models/runs", "models/kept", "reports/html", "bench", ".venv")
MADE += ("tests/access_files/node_modules", "tests/browser/node_modules")
PROSE = (".md", ".py", ".sql", ".toml", ".cfg", ".cff", ".yml", ".html", ".css", ".js", ".sqlfluff", "")


def is_made(path: Path) -> bool:
    """True for files that are not source: written by runs, or hidden."""
    relative = path.relative_to(REPOSITORY)
    if any(part.startswith((".", "__pycache__")) or part.endswith(".egg-info") for part in relative.parts[:-1]):
        return relative.parts[0] != ".ci"
    return path.name == ".git" or any(relative.is_relative_to(folder) for folder in MADE)


@cache
def files(suffix: str, *folders: str) -> tuple[Path, ...]:
    """Files with that suffix in the named folders of the repository, or in all of it, sorted by path."""
    roots = [REPOSITORY / folder for folder in folders] or [REPOSITORY]
    paths = {path for root in roots for path in root.rglob(f"*{suffix}") if path.is_file()}
    return tuple(sorted(path for path in paths if path.suffix == suffix and not is_made(path)))


def shown(path: Path) -> str:
    """The path relative to the repository root, as failures print it."""
    return path.relative_to(REPOSITORY).as_posix()


def texts() -> Iterator[tuple[Path, str]]:
    """(path, text) of every text file, without the lock file and the license."""
    for suffix in PROSE:
        for path in files(suffix):
            if path.name not in ("requirements.txt", "LICENSE"):
                yield path, path.read_text(encoding="utf-8")


@cache
def tree_of(path: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=shown(path))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a file, nested ones included."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Number of lines from `def` to the end, without decorators and docstring."""
    assert node.end_lineno is not None
    body = node.body
    has_docstring = ast.get_docstring(node, clean=False) is not None
    docstring_lines = (body[0].end_lineno or 0) - body[0].lineno + 1 if has_docstring else 0
    return node.end_lineno - node.lineno + 1 - docstring_lines
