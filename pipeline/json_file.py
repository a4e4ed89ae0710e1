"""Small JSON files, replaced atomically."""

import contextlib
import json
import logging
import os
from pathlib import Path
from typing import Any

LOG = logging.getLogger("luigi-interface")


def read(file: Path) -> dict[str, Any] | None:
    """Return the object in a file, or None if there is no valid one."""
    try:
        # A pipe has no end.
        return dict(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else None
    except (OSError, ValueError, TypeError, RecursionError):
        return None


def write(file: Path, content: dict[str, Any]) -> None:
    """Replace the file atomically: readers see the old object or the new one. On OSError the old one stays."""
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        temporary.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        temporary.replace(file)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def try_write(file: Path, content: dict[str, Any]) -> None:
    """Write an object that nothing depends on: a failure is logged as a warning, and the old file stays."""
    try:
        write(file, content)
    except OSError as error:
        LOG.warning("%s cannot be written (%s): the old content stays", file, error.strerror or error)
