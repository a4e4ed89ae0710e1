"""A progress bar on a terminal, nothing in a log.

Room on the disk, asked for before something large is written.
"""

import shutil
from pathlib import Path
from typing import Any

from tqdm import tqdm

from pipeline.errors import InsufficientDiskSpace


def progress_bar(total: int | None, text: str, done: int = 0) -> "tqdm[Any]":
    """A bar over bytes, of which `done` were there before; silent where stderr is no terminal."""
    return tqdm(total=total, initial=done, desc=text, unit="B", unit_scale=True, leave=False, disable=None)


FREE_SPACE_HINT = "make room, or set NTSB_STORE to a folder on a larger disk"


def require_free_space(folder: Path, needed: int, name: str) -> None:
    """Raises NoRoom where the disk of `folder` has less than `needed` bytes free."""
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise InsufficientDiskSpace(f"{name}: needs {needed} bytes in {folder}, {free} are free; {FREE_SPACE_HINT}")
