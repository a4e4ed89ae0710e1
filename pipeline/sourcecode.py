"""Which project code decides a step: its module and every project module that it imports, transitively."""

import ast
import hashlib
from functools import cache
from importlib import metadata, util
from pathlib import Path

from pipeline.settings import REPOSITORY

PACKAGES = ("pipeline", "targets", "models", "reports")

# Rooms and modules that say where, when or how loud, never what: editing one leaves every stamp as it is.
NEUTRAL = frozenset(
    {
        "pipeline",
        "pipeline.acquire",
        "pipeline.configuration",
        "pipeline.errors",
        "pipeline.jsonfile",
        "pipeline.server",
        "pipeline.settings",
        "pipeline.sourcecode",
        "pipeline.step",
        "targets",
    }
)
# In a neutral room, yet it decides: which bytes of a zip are the Access file.
SIGNED = frozenset({"pipeline.acquire.unpack"})


def is_neutral(module: str) -> bool:
    """True for a neutral module, and for all that lies in a neutral room; `pipeline` stands for itself only."""
    room = ".".join(module.split(".")[:2]) if module.startswith("pipeline.") else module.split(".")[0]
    return module not in SIGNED and (module in NEUTRAL or (room in NEUTRAL and room != "pipeline"))


@cache
def digest(path: Path) -> str:
    """sha256 (16 hex digits) of a file's text, line ends as in the repository."""
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()[:16]


def relative(path: Path) -> str:
    """The path from the repository's root, so that another checkout gives the same stamp."""
    return path.resolve().relative_to(REPOSITORY).as_posix()


@cache
def version(library: str) -> str:
    """The installed version of a library whose arithmetic is part of a result."""
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        # XGBoost's build without GPU code bears another name; its arithmetic on the CPU is the same.
        return metadata.version(f"{library}-cpu")


@cache
def location(module: str) -> Path | None:
    """The file of a project module, or None where the name is no project module."""
    if module.split(".")[0] not in PACKAGES:
        return None
    base = REPOSITORY.joinpath(*module.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


@cache
def imported(module: str) -> tuple[str, ...]:
    """Project modules that a module names in its imports, also those inside functions."""
    path = location(module)
    if path is None:
        return ()
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = module if path.name == "__init__.py" else module.rpartition(".")[0]
            base = (
                util.resolve_name("." * node.level + (node.module or ""), package) if node.level else node.module or ""
            )
            names |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return tuple(sorted(name for name in names if location(name)))


@cache
def digests(module: str) -> dict[str, str]:
    """{module: digest} of a module and of all that it imports, without the neutral ones."""
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in seen and not is_neutral(name):
            seen.add(name)
            waiting += imported(name)
    return {name: digest(path) for name in sorted(seen) if (path := location(name))}
