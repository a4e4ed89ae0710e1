"""Digests of the code and files that determine a task's result; comments and docstrings do not change them.

A task declares the modules it calls. Their digests, and those of the project modules they import, transitively, are
part of its fingerprint. Modules of tasks are not followed: the fingerprints of a task's inputs cover them.
"""

import ast
import hashlib
import json
import re
import subprocess
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import metadata, util
from pathlib import Path
from typing import Any

from pipeline.config import REPOSITORY
from pipeline.errors import PipelineError

PACKAGES = ("pipeline", "targets", "models", "reports")

# Modules, and packages with all their modules, that decide where, when and how something is done but not the result.
INFRASTRUCTURE = (
    "models.severity.tracking.csv_log",
    "models.severity.tracking.relocation",
    "models.severity.tracking.store",
    "models.severity.tracking.test_ledger",
    "pipeline.cli",
    "pipeline.config",
    "pipeline.errors",
    "pipeline.extras",
    "pipeline.file_lock",
    "pipeline.fingerprint",
    "pipeline.ingest.archive",
    "pipeline.ingest.directory_page",
    "pipeline.ingest.http",
    "pipeline.ingest.locations",
    "pipeline.ingest.manuals",
    "pipeline.ingest.source_state",
    "pipeline.ingest.transfer",
    "pipeline.json_file",
    "pipeline.operations",
    "pipeline.output_folders",
    "pipeline.postgres.binaries",
    "pipeline.postgres.connection",
    "pipeline.postgres.errors",
    "pipeline.postgres.passfile",
    "pipeline.postgres.privileges",
    "pipeline.postgres.process",
    "pipeline.postgres.requirements",
    "pipeline.postgres.server",
    "pipeline.postgres.server_settings",
    "pipeline.postgres.server_state",
    "pipeline.redaction",
    "pipeline.run_lock",
    "pipeline.run_log",
    "pipeline.run_worker",
    "pipeline.tasks",
    "pipeline.warehouse.release.foreign_object_queries",
    "pipeline.warehouse.release.foreign_objects",
    "pipeline.warehouse.release.locks",
    "targets",
)

# Header lines of SQL files that the pipeline reads; all other comments are ignored.
DIRECTIVES = (
    "needs|grain|kind|schema|column|functions|checks|severity|allow|family|flags|eras|corrects|trigger|convert|source|"
    "types"
)
SQL_TOKEN = re.compile(
    rf"(?P<kept>'(?:[^']|'')*'|\"[^\"]*\"|^-- (?:{DIRECTIVES}): [^\n]*)|--[^\n]*|/\*.*?\*/", re.DOTALL | re.MULTILINE
)
JINJA_COMMENT = re.compile(r"\{#.*?#\}\n?", re.DOTALL)
# Fields of the syntax tree that differ between Python versions and do not change what code does.
IGNORED_FIELDS = {"type_params", "kind", "type_comment"}


def is_infrastructure(module: str) -> bool:
    """Return True if a module cannot change a result."""
    return any(f"{module}.".startswith(f"{name}.") for name in INFRASTRUCTURE)


def digest_text(text: str) -> str:
    """Return the first 16 hex digits of the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def relative_path(path: Path) -> str:
    """Return the path relative to the repository root, so that every checkout gives the same fingerprint."""
    return path.resolve().relative_to(REPOSITORY).as_posix()


def git_commit() -> str | None:
    """Return the commit of the checkout, or None outside a Git checkout or without Git."""
    command = ["git", "-C", str(REPOSITORY), "rev-parse", "HEAD"]
    try:
        completed = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    except FileNotFoundError:
        return None
    return completed.stdout.strip() if completed.returncode == 0 else None


@cache
def library_version(library: str) -> str:
    """Return the installed version of a library that determines a result."""
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        # XGBoost's build without GPU code has another name; on the CPU it computes the same.
        return metadata.version(f"{library}-cpu")


def canonical_syntax(node: Any) -> Any:
    """Return a syntax tree as nested lists without positions, comments and docstrings; equal in all Python versions."""
    if isinstance(node, list):
        return [canonical_syntax(item) for item in node]
    if not isinstance(node, ast.AST):
        return f"{type(node).__name__} {node!r}"
    fields = {name: value for name, value in ast.iter_fields(node) if name not in IGNORED_FIELDS}
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and has_docstring(node):
        fields["body"] = node.body[1:]
    return [type(node).__name__, *([name, canonical_syntax(value)] for name, value in fields.items() if value != [])]


def has_docstring(node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return True if the body starts with a docstring."""
    first = node.body[0] if node.body else None
    return isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)


def strip_sql_comments(sql: str) -> str:
    """Return the text without comments, blank lines and trailing spaces, but with headers that the pipeline reads."""
    text = SQL_TOKEN.sub(lambda token: token["kept"] or "", sql)
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip()) + "\n"


@cache
def parse_python(path: Path) -> ast.Module:
    """Return the syntax tree of a file. Raises PipelineError if it is not Python."""
    try:
        return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    except (SyntaxError, ValueError) as error:
        raise PipelineError(f"{path}: expected Python code, found: {error}; correct it") from error


@cache
def digest_file(path: Path) -> str:
    """Return 16 hex digits over a file's content, without comments in Python, SQL, TOML and Jinja."""
    if path.suffix == ".py":
        return digest_text(json.dumps(canonical_syntax(parse_python(path))))
    text = path.read_bytes().replace(b"\r\n", b"\n").decode()
    if path.suffix == ".sql":
        return digest_text(strip_sql_comments(text))
    if path.suffix == ".toml":
        return digest_text(json.dumps(tomllib.loads(text), default=str))
    if path.suffix in (".html", ".jinja"):
        return digest_text(JINJA_COMMENT.sub("", text))
    return digest_text(text)


@cache
def digest_class(module: str, name: str) -> str:
    """Return 16 hex digits over the definition of a class in a project module."""
    path = module_path(module)
    body = parse_python(path).body if path else []
    (definition,) = [node for node in body if isinstance(node, ast.ClassDef) and node.name == name]
    return digest_text(json.dumps(canonical_syntax(definition)))


@cache
def module_path(module: str) -> Path | None:
    """Return the file of a project module, or None if the name is not a project module."""
    if module.split(".")[0] not in PACKAGES:
        return None
    base = REPOSITORY.joinpath(*module.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


@cache
def imported_modules(module: str) -> tuple[str, ...]:
    """Return the project modules that a module imports, also inside functions, except those for type checking only."""
    path = module_path(module)
    if path is None:
        return ()
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    names: set[str] = set()
    for node in runtime_nodes(parse_python(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            relative = "." * node.level + (node.module or "")
            base = util.resolve_name(relative, package) if node.level else relative
            # `from package import module` is about the module: a package's own __init__ may import all of its modules.
            members = [f"{base}.{alias.name}" for alias in node.names]
            names |= {member if module_path(member) else base for member in members}
    return tuple(sorted(name for name in names if module_path(name)))


def runtime_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and all its descendants, without the bodies of `if TYPE_CHECKING:`."""
    yield node
    for child in ast.iter_child_nodes(node):
        is_typing = isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING"
        if not is_typing:
            yield from runtime_nodes(child)


def code_digests(modules: Iterable[str]) -> dict[str, str]:
    """Return {module: digest} of the modules and all they import, without INFRASTRUCTURE. Raises ValueError."""
    pending = list(modules)
    if unknown := [name for name in pending if module_path(name) is None]:
        raise ValueError(
            f"declared code: expected project modules, found {', '.join(unknown)}; correct the task's `code`"
        )
    seen: set[str] = set()
    while pending:
        name = pending.pop()
        if name not in seen and not is_infrastructure(name):
            seen.add(name)
            pending += imported_modules(name)
    return {name: digest_file(path) for name in sorted(seen) if (path := module_path(name))}
