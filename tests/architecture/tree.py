"""The project's own files, as the house rules see them."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = ("pipeline", "targets", "models", "reports", "samples")
# What runs and tools make; .gitignore names the same.
MADE = ("targets/store", "models/runs", "models/kept", "reports/html", "bench", ".venv")
PROSE = (".md", ".py", ".sql", ".toml", ".cfg", ".cff", ".yml", ".html", ".css", ".js", ".sqlfluff", "")


def is_made(path: Path) -> bool:
    """True for what is not source: made by runs, or hidden."""
    place = path.relative_to(REPOSITORY)
    if any(part.startswith((".", "__pycache__")) or part.endswith(".egg-info") for part in place.parts[:-1]):
        return place.parts[0] != ".ci"
    return any(place.is_relative_to(made) for made in MADE)


@cache
def files(suffix: str, *folders: str) -> tuple[Path, ...]:
    """Files with that suffix in the named folders of the repository, or in all of it, in order of name."""
    roots = [REPOSITORY / folder for folder in folders] or [REPOSITORY]
    found = {path for root in roots for path in root.rglob(f"*{suffix}") if path.is_file()}
    return tuple(sorted(path for path in found if path.suffix == suffix and not is_made(path)))


def shown(path: Path) -> str:
    """The path from the repository's root: how a failure names a file."""
    return path.relative_to(REPOSITORY).as_posix()


def texts() -> Iterator[tuple[Path, str]]:
    """Every file that people read, with its text; the lock file and the licence are not ours."""
    for suffix in PROSE:
        for path in files(suffix):
            if path.name not in ("requirements.txt", "LICENSE"):
                yield path, path.read_text(encoding="utf-8")


@cache
def tree_of(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=shown(path))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a file, also those inside others."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the end, without decorators and docstring."""
    assert node.end_lineno is not None
    body = node.body
    has_docstring = ast.get_docstring(node, clean=False) is not None
    told = (body[0].end_lineno or 0) - body[0].lineno + 1 if has_docstring else 0
    return node.end_lineno - node.lineno + 1 - told
