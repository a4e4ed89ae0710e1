"""Small JSON files that are written whole or not at all."""

import json
import logging
import os
from pathlib import Path
from typing import Any

LOG = logging.getLogger("luigi-interface")


def read(file: Path) -> dict[str, Any] | None:
    """The object in a file, or None where there is none that can be read."""
    try:
        return dict(json.loads(file.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def write(file: Path, content: dict[str, Any]) -> None:
    """Writes an object so that readers see the old file or the new one, never half of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        draft.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")
        draft.replace(file)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def try_write(file: Path, content: dict[str, Any]) -> None:
    """Writes an object that nothing depends on: where that fails a warning says so, and what is being done goes on."""
    try:
        write(file, content)
    except OSError as error:
        LOG.warning("%s cannot be written (%s): it stays as it was", file, error.strerror or error)
