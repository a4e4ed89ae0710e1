"""Headers of SQL files: which relations a file reads, and other facts stated in comments."""

import re
from functools import cache
from pathlib import Path


@cache
def needs(path: Path) -> tuple[str, ...]:
    """Relations that a SQL file says it reads, from its first line."""
    first = path.read_text().splitlines()[0]
    if not first.startswith("-- needs:"):
        raise ValueError(f"{path.name}: the first line must be `-- needs: ...`, it is {first!r}")
    names = first.removeprefix("-- needs:").replace(" ", "").split(",")
    return tuple(name for name in names if name not in ("nothing", ""))


@cache
def annotations(path: Path, mark: str) -> dict[str, str]:
    """{first word: rest} of the file's lines `-- <mark>: first rest`."""
    found = re.findall(rf"^-- {mark}: (\S+) (?:<- )?(\S+)", path.read_text(), re.MULTILINE)
    return dict(found)
