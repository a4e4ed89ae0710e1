"""SQL is not put together from text: names and values reach it through psycopg2.sql or as parameters."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture import tree

# {method or function: position of its SQL argument}
EXECUTORS = {"execute": 0, "executemany": 0, "copy_expert": 0, "fetch_value": 1, "execute_values": 1}
ALLOWED = {
    # DuckDB has no function that quotes a name; the names are quoted by _quoted.
    "pipeline/export/duckdb.py": 3,
}


def is_text_from_data(node: ast.expr) -> bool:
    """True for an f-string with values, `%`, `+` and `str.format` on text or on a constant of a module."""
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp):
        return not all(isinstance(side, ast.Constant) for side in (node.left, node.right))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("format", "join"):
        value = node.func.value
        return isinstance(value, ast.Constant | ast.JoinedStr) or (isinstance(value, ast.Name) and value.id.isupper())
    return False


def statements_from_data(source: ast.AST) -> Iterator[int]:
    """Line numbers of calls that execute SQL, or create a psycopg2.sql.SQL, from text with values in it."""
    for node in ast.walk(source):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            position = 0 if name == "SQL" else EXECUTORS.get(name)
            if position is not None and len(node.args) > position and is_text_from_data(node.args[position]):
                yield node.lineno


@pytest.mark.parametrize(
    "path", tree.files(".py", "pipeline", "targets", "models", "reports", "scripts"), ids=tree.shown
)
def test_no_statement_is_text_from_data(path: Path) -> None:
    lines = list(statements_from_data(tree.tree_of(path)))
    assert len(lines) == ALLOWED.get(tree.shown(path), 0), lines


@pytest.mark.parametrize(
    "statement",
    [
        "cursor.execute(f'drop table {name}')",
        "cursor.execute('drop table %s' % name)",
        "cursor.execute('drop table ' + name)",
        "cursor.execute('drop table {}'.format(name))",
        "cursor.execute(DROP.format(name))",
        "cursor.execute(SQL(f'drop table {name}'))",
        "cursor.copy_expert(f'copy {name} from stdin', stream)",
        "fetch_value(cursor, f'select count(*) from {name}')",
        "execute_values(cursor, f'insert into {name} values %s', rows)",
    ],
)
def test_text_from_data_is_recognized(statement: str) -> None:
    assert list(statements_from_data(ast.parse(statement))) == [1]


@pytest.mark.parametrize(
    "statement",
    [
        "cursor.execute('select %s', (value,))",
        "cursor.execute(SQL('drop table {}').format(Identifier(name)))",
        "cursor.execute(SQL(DROP).format(Identifier(name)))",
        "cursor.execute(SQL(', ').join(items))",
        "connection.execute(statement)",
    ],
)
def test_quoted_names_and_parameters_are_allowed(statement: str) -> None:
    assert list(statements_from_data(ast.parse(statement))) == []
