"""Progress bar and free disk space, for writing large files."""

import shutil
from pathlib import Path
from typing import Any

from tqdm import tqdm

from pipeline.errors import InsufficientDiskSpace


def progress_bar(total: int | None, text: str, done: int = 0) -> "tqdm[Any]":
    """Return a progress bar over bytes, `done` of them before the start; invisible if stderr is not a terminal."""
    return tqdm(total=total, initial=done, desc=text, unit="B", unit_scale=True, leave=False, disable=None)


FREE_SPACE_HINT = "free some space, or set NTSB_STORE to a folder on a larger disk"


def require_free_space(folder: Path, needed: int, name: str) -> None:
    """Raise InsufficientDiskSpace if the disk of `folder` has less than `needed` bytes free."""
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise InsufficientDiskSpace(
            f"{name}: expected {needed} free bytes in {folder}, found {free}; {FREE_SPACE_HINT}"
        )
