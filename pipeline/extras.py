"""Packages of the extras of pyproject.toml, which need not be installed."""

import importlib

from pipeline.errors import PipelineError


def require_packages(extra: str, names: tuple[str, ...]) -> None:
    """Raise PipelineError if a package of an extra is not installed."""
    missing = []
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError:
            missing.append(name)
    if missing:
        raise PipelineError(
            f"packages: expected those of the extra `{extra}`, found no {', '.join(missing)}; run `make env`"
        )
