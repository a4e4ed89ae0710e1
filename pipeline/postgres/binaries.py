"""Which PostgreSQL the embedded database runs on: the first that is new enough and has PostGIS."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pipeline.errors import PipelineError

MIN_MAJOR_VERSION = 15
HOMEBREW = ("/opt/homebrew/opt", "/usr/local/opt", "/home/linuxbrew/.linuxbrew/opt")
INSTALL_HINT = """Install it with one of
  sudo apt-get install postgresql postgis postgresql-postgis
  conda install -c conda-forge postgresql postgis
  brew install postgresql postgis
or name the folder of its programs in NTSB_POSTGRES_BIN, or a server of your own in NTSB_DATABASE_URL."""


def _candidates() -> Iterator[Path]:
    """Folders that may hold the server's programs, in the order in which they are preferred."""
    if conda := os.environ.get("CONDA_PREFIX"):
        yield Path(conda) / "bin"
    if found := shutil.which("initdb"):
        yield Path(found).resolve().parent
    # Debian keeps one folder per version and puts none of them on PATH.
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -_first_number(path.parent.name))
    for prefix in HOMEBREW:
        kegs = sorted(Path(prefix).glob("postgresql*/bin"), key=lambda path: -_first_number(path.parent.name))
        yield from kegs


def _first_number(name: str) -> int:
    found = re.search(r"\d+", name)
    return int(found.group()) if found else 0


@cache
def pg_config(folder: Path, question: str) -> str:
    """What pg_config of that folder answers to, for example, `--version`; empty where it cannot be asked."""
    try:
        answer = subprocess.run(
            [folder / "pg_config", question], capture_output=True, text=True, timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return answer.stdout.strip()


def major_version(folder: Path) -> int:
    """Major version of the PostgreSQL in that folder, 0 where it does not say."""
    return _first_number(pg_config(folder, "--version"))


def _reason_unusable(folder: Path, major: int | None) -> str:
    """Why that folder will not do, or an empty string."""
    missing = [name for name in ("initdb", "postgres", "pg_config") if not (folder / name).exists()]
    if missing:
        return f"has no {', '.join(missing)}"
    version = major_version(folder)
    if version < MIN_MAJOR_VERSION:
        return f"is PostgreSQL {version or 'of an unknown version'}, not {MIN_MAJOR_VERSION} or later"
    if not (Path(pg_config(folder, "--sharedir")) / "extension" / "postgis.control").exists():
        return f"is PostgreSQL {version} without PostGIS"
    if major and version != major:
        return f"is PostgreSQL {version}, not {major}, which made the database"
    return ""


def find_binaries(major: int | None = None) -> Path:
    """Folder with initdb and postgres, version 15 or later, with PostGIS: NTSB_POSTGRES_BIN alone where it is set,
    else conda's, PATH's, Debian's (newest first), Homebrew's. `major` asks for exactly that version.

    Raises PipelineError with every folder that was looked at, why it will not do, and how to install what will.
    """
    named = os.environ.get("NTSB_POSTGRES_BIN")
    folders = [Path(named)] if named else list(dict.fromkeys(_candidates()))
    faults = []
    for folder in folders:
        fault = _reason_unusable(folder, major)
        if not fault:
            return folder
        faults.append(f"  {folder} {fault}")
    wanted = f"PostgreSQL {major or f'{MIN_MAJOR_VERSION} or later'} with PostGIS"
    looked = "\n".join(faults) if faults else "  no PostgreSQL in conda, on PATH, in /usr/lib/postgresql or in Homebrew"
    raise PipelineError(f"The embedded database needs {wanted}; found:\n{looked}\n{INSTALL_HINT}")
