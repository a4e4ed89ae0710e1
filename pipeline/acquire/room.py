"""Room on the disk, asked for before something large is written."""

import shutil
from pathlib import Path

from pipeline.errors import NoRoom

MAKE_ROOM = "make room, or set NTSB_STORE to a folder on a larger disk"


def need_room(folder: Path, needed: int, name: str) -> None:
    """Raises NoRoom where the disk of `folder` has less than `needed` bytes free."""
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise NoRoom(f"{name}: needs {needed} bytes in {folder}, {free} are free; {MAKE_ROOM}")
