"""Find a PostgreSQL installation for the embedded server: the first that is recent enough and has PostGIS."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pipeline.errors import PipelineError
from pipeline.postgres.roles import EXTENSIONS

MIN_MAJOR_VERSION = 15
HOMEBREW = ("/opt/homebrew/opt", "/usr/local/opt", "/home/linuxbrew/.linuxbrew/opt")
INSTALL_HINT = """Install it with one of
  sudo apt-get install postgresql postgis postgresql-postgis
  conda install -c conda-forge postgresql postgis
  brew install postgresql postgis
or set NTSB_POSTGRES_BIN to the folder of its programs, or NTSB_DATABASE_URL to a server of your own."""
PROGRAMS = ("initdb", "pg_ctl", "pg_isready", "postgres", "pg_config")


def _candidates() -> Iterator[Path]:
    """Yield the folders that may contain the server's programs, in order of preference."""
    if conda := os.environ.get("CONDA_PREFIX"):
        yield Path(conda) / "bin"
    if initdb := shutil.which("initdb"):
        yield Path(initdb).resolve().parent
    # Debian has one folder per version, and none of them is on PATH.
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -_first_number(path.parent.name))
    for prefix in HOMEBREW:
        yield from sorted(Path(prefix).glob("postgresql*/bin"), key=lambda path: -_first_number(path.parent.name))


def _first_number(name: str) -> int:
    number = re.search(r"\d+", name)
    return int(number.group()) if number else 0


@cache
def pg_config(folder: Path, option: str) -> str:
    """Return what the folder's pg_config prints for an option such as `--version`; empty if it fails."""
    command = [str(folder / "pg_config"), option]
    try:
        return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=30, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def major_version(folder: Path) -> int:
    """Return the major version of the PostgreSQL in the folder, 0 if it is unknown."""
    return _first_number(pg_config(folder, "--version"))


def _reason_unusable(folder: Path, major: int | None) -> str:
    """Return why the folder is unsuitable, or an empty string if it is suitable."""
    missing = [name for name in PROGRAMS if not (folder / name).exists()]
    if missing:
        return f"has no {', '.join(missing)}"
    version = major_version(folder)
    if version < MIN_MAJOR_VERSION:
        return f"is PostgreSQL {version or 'of unknown version'}, not {MIN_MAJOR_VERSION} or later"
    extensions = Path(pg_config(folder, "--sharedir")) / "extension"
    if missing := [name for name in EXTENSIONS if not (extensions / f"{name}.control").exists()]:
        return f"is PostgreSQL {version} without {' and '.join(missing)}"
    if major and version != major:
        return f"is PostgreSQL {version}, not {major}, which created the database"
    return ""


def find_binaries(major: int | None = None) -> Path:
    """Return the folder with the programs of PostgreSQL 15 or later, or of exactly version `major`, with PostGIS.

    Searches only NTSB_POSTGRES_BIN if it is set, else conda, PATH, Debian (newest first) and Homebrew.
    Raises PipelineError with every folder that was searched, why it is unsuitable, and how to install PostgreSQL.
    """
    configured = os.environ.get("NTSB_POSTGRES_BIN")
    problems = []
    for folder in [Path(configured)] if configured else list(dict.fromkeys(_candidates())):
        problem = _reason_unusable(folder, major)
        if not problem:
            return folder
        problems.append(f"  {folder} {problem}")
    expected = f"PostgreSQL {major or f'{MIN_MAJOR_VERSION} or later'} with PostGIS"
    installations = "\n".join(problems) or "  no PostgreSQL in conda, on PATH, in /usr/lib/postgresql or in Homebrew"
    raise PipelineError(f"The embedded database: expected {expected}, found:\n{installations}\n{INSTALL_HINT}")
