"""Progress bar and free disk space, for writing large files."""

import errno
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


def raise_if_full(error: BaseException, file: Path) -> None:
    """Raise InsufficientDiskSpace for an error in writing a file because of a full disk or quota."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        raise InsufficientDiskSpace(f"{file}: expected more disk space, found none; {FREE_SPACE_HINT}") from error
