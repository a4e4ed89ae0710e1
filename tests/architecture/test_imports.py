"""Imports point down, as docs/architecture.md says: commands, stages, then everything that does not know Luigi."""

import ast
from functools import cache
from graphlib import CycleError, TopologicalSorter

import luigi
import pytest

import pipeline  # noqa: F401  Importing it imports every stage, which the tests then find.
from pipeline.fingerprint import imported_modules, module_path
from tests.architecture import tree

# Besides the stages, these alone know Luigi: the base class, the knobs, and what "done" means.
KNOW_LUIGI = {"pipeline.config", "pipeline.tasks.base"}
# These stand above the stages: they walk the graph or listen to a run.
ABOVE = ("pipeline.cli", "pipeline.__main__", "pipeline.run_log", "pipeline.run_log")
LOW = (
    "pipeline.config",
    "pipeline.postgres.connection",
    "pipeline.ingest.access_file",
    "pipeline.tasks.base",
    "pipeline.fingerprint",
)


@cache
def modules() -> tuple[str, ...]:
    """Every module of the packages, as it is imported."""
    found = []
    for path in tree.files(".py", *tree.PACKAGES):
        parts = path.relative_to(tree.REPOSITORY).with_suffix("").parts
        found.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return tuple(found)


@cache
def named_imports(module: str) -> frozenset[str]:
    """Everything that a module imports, by its full name, also inside functions."""
    path = tree.REPOSITORY.joinpath(*module.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    names: set[str] = set()
    for node in ast.walk(tree.tree_of(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module or ""}
    return frozenset(names)


def imports(module: str, *packages: str) -> list[str]:
    """Those of a module's imports that are one of the packages or lie in it."""
    return sorted(name for name in named_imports(module) if any(f"{name}.".startswith(f"{each}.") for each in packages))


@cache
def stages() -> frozenset[str]:
    """Modules that have a task of their own."""
    found: list[type[luigi.Task]] = [luigi.Task]
    for task in found:
        found += task.__subclasses__()
    return frozenset(task.__module__ for task in found) & set(modules()) - {"pipeline.config", "pipeline.tasks.base"}


def project_imports(module: str) -> set[str]:
    """Project modules that it imports; `from pipeline import x` means x, where x is a module."""
    path = module_path(module)
    if path is None or not named_imports(module):
        return set()
    found = set(imported_modules(module))
    return {name for name in found if not any(other.startswith(f"{name}.") for other in found)} - {module}


@pytest.mark.parametrize("package", ["models", "reports", "samples"])
def test_values_in_values_out(package: str) -> None:
    mine = [module for module in modules() if module.split(".")[0] == package]
    strange = ["luigi", "pipeline", "targets", *({"models", "reports", "samples"} - {package})]
    found = {module: imports(module, *strange) for module in mine}
    assert {module: names for module, names in found.items() if names} == {}


def test_only_stages_know_luigi() -> None:
    allowed = KNOW_LUIGI | {module for module in modules() if module.startswith("targets")}
    allowed |= {module for module in modules() if module in stages() or module.startswith(ABOVE)}
    assert {
        module: names for module in modules() if (names := imports(module, "luigi")) and module not in allowed
    } == {}


def test_nothing_below_the_stages_imports_one() -> None:
    below = [module for module in modules() if module not in stages() and not module.startswith(ABOVE)]
    found = {module: sorted(project_imports(module) & stages()) for module in below if module != "pipeline"}
    assert {module: names for module, names in found.items() if names} == {}


def test_only_commands_import_the_table_of_contents() -> None:
    """`import pipeline` for its tasks pulls in every stage."""
    own = {module.removeprefix("pipeline.").split(".")[0] for module in modules() if module.startswith("pipeline.")}
    for module in modules():
        if not module.startswith(ABOVE) and module != "pipeline":
            names = [name.split(".")[1] for name in named_imports(module) if name.startswith("pipeline.")]
            assert [name for name in names if name not in own] == [], module


def test_the_lowest_import_little() -> None:
    allowed = {"pipeline", *LOW, "pipeline.postgres.server", "pipeline.errors", "pipeline.postgres.errors"}
    allowed |= {"pipeline.config", "targets.query_cache"}
    found = {module: sorted(project_imports(module) - allowed) for module in LOW}
    assert {module: names for module, names in found.items() if names} == {}
    assert project_imports("pipeline.config") == set()
    targets = {module: imports(module, "pipeline") for module in modules() if module.startswith("targets")}
    assert {name for names in targets.values() for name in names} <= {"pipeline", "pipeline.postgres.connection"}


def imported_on_loading(module: str) -> set[str]:
    """Without those inside functions, which are there because the rest of the module is needed before they are."""
    path = module_path(module)
    nodes = tree.tree_of(path).body if path else []
    inner = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {alias.name for node in inner if isinstance(node, ast.Import) for alias in node.names}
    for node in inner:
        if isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module or ""}
    return names & project_imports(module)


def test_no_circle() -> None:
    try:
        TopologicalSorter({module: imported_on_loading(module) for module in modules()}).prepare()
    except CycleError as error:
        pytest.fail(f"modules import each other in a circle: {' -> '.join(error.args[1])}")
