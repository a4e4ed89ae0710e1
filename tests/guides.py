"""How-to guides as programs: their code blocks name a file, and are applied to a copied tree."""

import hashlib
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.architecture.tree import REPOSITORY

GUIDES = tuple(sorted((REPOSITORY / "docs" / "how-to").glob("add-a-*.md")))
BLOCK = re.compile(
    r'^```\w+ file=(?P<file>\S+)(?: (?P<where>after|before)="(?P<anchor>[^\n]*)")?\n(?P<text>.*?)^```$',
    re.MULTILINE | re.DOTALL,
)
COMMANDS = re.compile(r"^```console\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
COPIED = ("pipeline", "targets", "models", "reports", "samples", "tests", "docs")
COPIED_FILES = ("luigi.cfg", "pyproject.toml", "README.md", "requirements.txt", "environment.yml", "Makefile")


@dataclass(frozen=True)
class Edit:
    """One code block: a new file, or lines inserted after or before the first line that equals `anchor`."""

    file: str
    text: str
    where: str | None
    anchor: str | None

    def apply(self, repository: Path) -> None:
        """Make the edit. Raises ValueError if the file or the line is not there, or is there already."""
        path = repository / self.file
        if self.where is None:
            if path.exists():
                raise ValueError(f"{self.file}: expected a new file, found one; name the line to insert at")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.text)
            return
        lines = path.read_text().splitlines(keepends=True)
        if f"{self.anchor}\n" not in lines:
            raise ValueError(f"{self.file}: expected the line {self.anchor!r}, found none")
        index = lines.index(f"{self.anchor}\n") + (self.where == "after")
        path.write_text("".join([*lines[:index], self.text, *lines[index:]]))


def edits(guide: Path) -> list[Edit]:
    """The edits of a guide, in order."""
    return [Edit(m["file"], m["text"], m["where"], m["anchor"]) for m in BLOCK.finditer(guide.read_text())]


def listed_files(guide: Path) -> set[str]:
    """The files that the guide says it changes, on its line `Files:`; a folder ends in `/`."""
    (line,) = re.findall(r"^Files: (.+)$", guide.read_text(), re.MULTILINE)
    return set(re.findall(r"`([^`]+)`", line))


def commands(guide: Path) -> list[str]:
    """The commands of the guide's console blocks."""
    return [line for block in COMMANDS.finditer(guide.read_text()) for line in block["text"].splitlines()]


def copy_tree(target: Path) -> Path:
    """A copy of the repository without anything a run made."""
    ignored = shutil.ignore_patterns("__pycache__", "store", "runs", "kept", "html", "_build")
    for name in COPIED:
        shutil.copytree(REPOSITORY / name, target / name, ignore=ignored)
    for name in COPIED_FILES:
        shutil.copy(REPOSITORY / name, target / name)
    return target


def digests(repository: Path) -> dict[str, str]:
    """{path: sha256} of every file of a copied tree."""
    files = [path for path in repository.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return {path.relative_to(repository).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
