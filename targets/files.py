"""FingerprintedFile: a file or folder that counts as done only with its fingerprint, and whole."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import luigi


def sha256_of(path: Path) -> str:
    """sha256 of a file's bytes; of a folder, over the names and hashes of its files in order of name."""
    if path.is_dir():
        files = sorted(member for member in path.rglob("*") if member.is_file())
        lines = [f"{member.relative_to(path).as_posix()}\0{sha256_of(member)}" for member in files]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_metadata(path: Path) -> list[list[Any]]:
    """[name, bytes, mtime in ns] of the file, or of each file of the folder: cheap to ask, changed by any edit."""
    files = sorted(member for member in path.rglob("*") if member.is_file()) if path.is_dir() else [path]
    stats = [(member, member.stat()) for member in files]
    return [[member.relative_to(path).as_posix(), stat.st_size, stat.st_mtime_ns] for member, stat in stats]


class FingerprintedFile(luigi.Target):
    """A file or folder with a sidecar `.fingerprints/<name>.json` beside it: fingerprint, sha256, size and time of every file.

    `about` asks for what the file is about, where no fingerprint can know that before the run; it is done while the answer
    is the one that it was written with.
    """

    def __init__(self, path: Path, fingerprint: str, about: Callable[[], str] | None = None) -> None:
        self.path = Path(path)
        self.fingerprint = fingerprint
        self.about = about

    def __repr__(self) -> str:
        return f"FingerprintedFile({self.path}, {self.fingerprint})"

    @property
    def sidecar(self) -> Path:
        """Where the fingerprint lies."""
        return self.path.parent / ".fingerprints" / f"{self.path.name}.json"

    def note(self) -> dict[str, Any] | None:
        """The sidecar's content, or None where there is none that can be read."""
        try:
            return dict(json.loads(self.sidecar.read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def exists(self) -> bool:
        """True where the sidecar bears my fingerprint and the bytes are those that were signed."""
        note = self.note()
        if note is None or note.get("fingerprint") != self.fingerprint or not self.path.exists():
            return False
        if self.about and note.get("about") != self.about():
            return False
        return file_metadata(self.path) == note.get("facts") or sha256_of(self.path) == note.get("sha256")

    @contextmanager
    def writing(self, **remarks: Any) -> Iterator[Path]:
        """A temporary path beside the final one; on success it is put in place and signed, on failure removed.

        `remarks` go into the sidecar as they are.
        """
        if self.about:
            remarks["about"] = self.about()
        self.sidecar.parent.mkdir(parents=True, exist_ok=True)
        # A killed run leaves its room behind: whoever writes the same target next clears it away.
        for torn in self.path.parent.glob(f".making-{self.path.name}-*"):
            shutil.rmtree(torn, ignore_errors=True)
        room = Path(tempfile.mkdtemp(prefix=f".making-{self.path.name}-", dir=self.path.parent))
        temporary = room / self.path.name
        try:
            yield temporary
            self._put(temporary, remarks)
        finally:
            shutil.rmtree(room, ignore_errors=True)

    def _put(self, temporary: Path, remarks: dict[str, Any]) -> None:
        if not temporary.exists():
            raise FileNotFoundError(f"{self.path.name}: the step ended without writing it to {temporary}")
        note = {"fingerprint": self.fingerprint, "sha256": sha256_of(temporary), **remarks}
        # Unsigned first: a kill between the two moves leaves an output that is not done, never one that lies.
        self.sidecar.unlink(missing_ok=True)
        if self.path.is_dir():
            shutil.rmtree(self.path)
        elif temporary.is_dir():
            self.path.unlink(missing_ok=True)
        temporary.replace(self.path)
        note["facts"] = file_metadata(self.path)
        draft = self.sidecar.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps(note, indent=1, sort_keys=True))
        draft.replace(self.sidecar)
