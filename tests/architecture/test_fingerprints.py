"""Which edits change a fingerprint, and which do not."""

import ast
import re
from pathlib import Path

import pytest

from pipeline import fingerprint
from pipeline.warehouse.quality import checks
from tests.architecture import tree
from tests.architecture.graph import Graph, read_graph
from tests.running import copy_repository

COMMENTS = {
    ".py": "\n# A comment.\n",
    ".sql": "\n-- A comment.\n",
    ".toml": "\n# A comment.\n",
    ".html": "{# A comment. #}\n",
    ".jinja": "{# A comment. #}\n",
}
FILES = [path for suffix in COMMENTS for path in tree.files(suffix, "pipeline", "models", "targets", "reports")]


@pytest.mark.parametrize("path", FILES, ids=tree.shown)
def test_comments_change_no_digest(path: Path, tmp_path: Path) -> None:
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
        ("-- column: events Number of events.\n", "-- column: events Number of accidents.\n"),
        ("select 1 -- '\n, 2 -- '\n", "select 1 -- '\n, 3 -- '\n"),
    ],
)
def test_sql_changes_change_the_text(before: str, after: str) -> None:
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
def test_python_changes_change_the_digest(tmp_path: Path, before: str, after: str) -> None:
    (tmp_path / "before.py").write_text(before)
    (tmp_path / "after.py").write_text(after)
    digests = [fingerprint.digest_file(tmp_path / name) for name in ("before.py", "after.py")]
    assert digests[0] != digests[1]


def test_declared_code_must_exist() -> None:
    with pytest.raises(ValueError, match=r"expected project modules, found pipeline\.nowhere"):
        fingerprint.code_digests(["pipeline.nowhere"])


KEYWORD = re.compile(r'\b(?:header|match_header|annotations|headers\([^)]*\)\.get)\([^"]*"([a-z]+)"')


def test_headers_that_the_pipeline_reads_change_digests() -> None:
    """A comment changes no result, but a header such as `-- types: inferred` does."""
    code = "".join(path.read_text(encoding="utf-8") for path in tree.files(".py", "pipeline"))
    keywords = {*KEYWORD.findall(code), "needs"}
    assert {"types", "convert", "allow"} < keywords
    assert keywords == set(fingerprint.DIRECTIVES.split("|"))


CALL = re.compile(r"\b((?:audit|convert|history|code_mappings)\.[a-z_]+)\(")


def test_functions_that_checks_call_are_part_of_their_fingerprint() -> None:
    generated = tree.REPOSITORY / "pipeline/warehouse/quality/generated_checks.py"
    queries = "".join(path.read_text(encoding="utf-8") for path in (*checks.files(), generated))
    files = "".join(path.read_text(encoding="utf-8") for path in checks.source_files())
    defined = set(re.findall(r"create or replace function ([a-z_.]+)", files))
    called = set(CALL.findall(queries))
    assert "audit.published_lost_shares" in called
    assert called <= defined


EDIT = "\n\ndef added_by_a_test() -> int:\n    return 1\n"
INFRASTRUCTURE = (
    "pipeline/warehouse/release/rollback.py",
    "pipeline/warehouse/release/foreign_objects.py",
    "pipeline/warehouse/release/locks.py",
    "pipeline/cli/gc.py",
    "pipeline/cli/status.py",
    "pipeline/ingest/http.py",
    "pipeline/run_log.py",
)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source that tests may edit; each test restores what it edits."""
    return copy_repository(tmp_path_factory.mktemp("fingerprints") / "repository")


@pytest.fixture(scope="module")
def graph(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Graph:
    """The task graph of the unedited source."""
    return read_graph(tmp_path_factory.mktemp("unedited") / "store", repository, repository)


def tasks_changed_by_edit(graph: Graph, repository: Path, store: Path, *names: str) -> set[str]:
    """Tasks whose fingerprint differs after a function is added to the named files."""
    originals = {name: (repository / name).read_text() for name in names}
    try:
        for name, text in originals.items():
            (repository / name).write_text(text + EDIT)
        edited = {task["step"]: task["fingerprint"] for task in read_graph(store, repository, repository)}
    finally:
        for name, text in originals.items():
            (repository / name).write_text(text)
    return {task["step"] for task in graph if edited[task["step"]] != task["fingerprint"]}


def test_edits_of_infrastructure_change_no_fingerprint(graph: Graph, repository: Path, tmp_path: Path) -> None:
    """Rollback, locks, commands, downloads and logging decide when and how loudly a task works, not its result."""
    assert tasks_changed_by_edit(graph, repository, tmp_path / "store", *INFRASTRUCTURE) == set()


def test_a_metric_changes_the_study_and_what_is_made_of_it(graph: Graph, repository: Path, tmp_path: Path) -> None:
    """Nothing upstream of the study, and no report that does not show it, has another fingerprint."""
    changed = tasks_changed_by_edit(graph, repository, tmp_path / "store", "models/severity/evaluation/metrics.py")
    downstream = {task["step"] for task in graph if task["family"] == "TrainSeverityModel"}
    assert len(downstream) == 1
    for _ in graph:
        downstream |= {task["step"] for task in graph if downstream & set(task["inputs"])}
    assert changed == downstream
    assert {task["family"] for task in graph if task["step"] in changed} == {
        "TrainSeverityModel",
        "ScoreEvents",
        "RenderReport",
    }


def test_a_changed_table_is_compared_with_the_files_that_have_it(
    graph: Graph, repository: Path, tmp_path: Path
) -> None:
    """A file without a new column, or with another type, must not pass because it is loaded already.

    The files of the other schema and the documents of the API have no such column.
    """
    edited = "pipeline/sql/schema/tables/findings.sql"
    changed = tasks_changed_by_edit(graph, repository, tmp_path / "store", edited)
    loads = {task["step"] for task in graph if task["family"] == "LoadRawTables"}
    assert len(loads) > 2
    assert loads & changed == {step for step in loads if not re.search("source=(PRE1982|api)", step)}
