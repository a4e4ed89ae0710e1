"""What changes a fingerprint, and what does not."""

import ast
from pathlib import Path

import pytest

from pipeline import fingerprint
from tests.architecture import tree

COMMENTS = {
    ".py": "\n# A comment.\n",
    ".sql": "\n-- A comment.\n",
    ".toml": "\n# A comment.\n",
    ".html": "{# A comment. #}\n",
    ".jinja": "{# A comment. #}\n",
}
FILES = [path for suffix in COMMENTS for path in tree.files(suffix, "pipeline", "models", "targets", "reports")]


@pytest.mark.parametrize("path", FILES, ids=tree.shown)
def test_a_comment_changes_no_digest(path: Path, tmp_path: Path) -> None:
    edited = tmp_path / path.name
    edited.write_text(path.read_text() + COMMENTS[path.suffix])
    assert fingerprint.digest_file(edited) == fingerprint.digest_file(path)


@pytest.mark.parametrize("path", tree.files(".py", "pipeline", "models", "targets", "reports"), ids=tree.shown)
def test_docstrings_and_formatting_change_no_digest(path: Path, tmp_path: Path) -> None:
    syntax = ast.parse(path.read_text())
    for node in ast.walk(syntax):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and fingerprint.has_docstring(node):
            node.body[0] = ast.Expr(ast.Constant("Another docstring."))
    edited = tmp_path / path.name
    edited.write_text(ast.unparse(ast.fix_missing_locations(syntax)))
    assert fingerprint.digest_file(edited) == fingerprint.digest_file(path)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("select 'a' -- one\n", "select 'a'\n"),
        ("select 1\n", "select 1 /* a\ncomment */\n"),
        ("-- needs: a\n-- About it.\nselect 1\n", "-- needs: a\n\nselect 1\n"),
    ],
)
def test_sql_comments_are_stripped(before: str, after: str) -> None:
    assert fingerprint.strip_sql_comments(before) == fingerprint.strip_sql_comments(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("select '-- a'\n", "select '-- b'\n"),
        ("select 'it''s' -- x\n", "select 'its' -- x\n"),
        ('select "--a"\n', 'select "--b"\n'),
        ("-- grain: one row per event\n", "-- grain: one row per aircraft\n"),
        ("-- needs: a\n", "-- needs: b\n"),
        ("select 1 -- '\n, 2 -- '\n", "select 1 -- '\n, 3 -- '\n"),
    ],
)
def test_a_change_of_sql_is_seen(before: str, after: str) -> None:
    assert fingerprint.strip_sql_comments(before) != fingerprint.strip_sql_comments(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f():\n    return 1\n", "def f():\n    return 2\n"),
        ("x = 'a'\n", "x = b'a'\n"),
        ("x = 1\n", "x = True\n"),
        ("x = f'{a}'\n", "x = f'{a!r}'\n"),
        ("def f(a, b): ...\n", "def f(b, a): ...\n"),
        ("class A:\n    x = 'not a docstring'\n", "class A:\n    x = 'other'\n"),
    ],
)
def test_a_change_of_python_is_seen(tmp_path: Path, before: str, after: str) -> None:
    (tmp_path / "before.py").write_text(before)
    (tmp_path / "after.py").write_text(after)
    digests = [fingerprint.digest_file(tmp_path / name) for name in ("before.py", "after.py")]
    assert digests[0] != digests[1]


def test_declared_code_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"expected project modules, found pipeline\.nowhere"):
        fingerprint.code_digests(["pipeline.nowhere"])
