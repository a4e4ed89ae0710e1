"""FingerprintedFile: a file or folder that is complete while it is intact and has the expected fingerprint."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import luigi

from pipeline import json_file


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file; of a folder, the sha256 of the sorted names and hashes of its files."""
    if path.is_dir():
        files = sorted(member for member in path.rglob("*") if member.is_file())
        lines = [f"{member.relative_to(path).as_posix()}\0{sha256_of(member)}" for member in files]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sidecar_path(path: Path) -> Path:
    """Return the path of the sidecar of a file or folder."""
    return path.parent / ".fingerprints" / f"{path.name}.json"


def file_metadata(path: Path) -> list[list[Any]]:
    """Return [relative path, size in bytes, mtime in ns] of each file in a folder, sorted; a file has the path `.`."""
    files = sorted(member for member in path.rglob("*") if member.is_file()) if path.is_dir() else [path]
    stats = [(member, member.stat()) for member in files]
    return [[member.relative_to(path).as_posix(), stat.st_size, stat.st_mtime_ns] for member, stat in stats]


@dataclass(frozen=True)
class FingerprintedFile(luigi.Target):
    """A file or folder with a sidecar `.fingerprints/<name>.json`: fingerprint, sha256, size and time of every file.

    `about` returns a further condition that is only known when the task runs, such as the current release: the target
    is complete while it returns the value recorded in the sidecar.
    """

    path: Path
    fingerprint: str
    about: Callable[[], str] | None = field(default=None, repr=False)

    @property
    def sidecar(self) -> Path:
        return sidecar_path(self.path)

    def note(self) -> dict[str, Any] | None:
        """Return the content of the sidecar, or None if there is no valid one."""
        return json_file.read(self.sidecar)

    def exists(self) -> bool:
        """Return True if the sidecar has this fingerprint and the file has the recorded content."""
        note = self.note()
        if note is None or note.get("fingerprint") != self.fingerprint or not self.path.exists():
            return False
        if self.about and note.get("about") != self.about():
            return False
        return file_metadata(self.path) == note.get("files") or sha256_of(self.path) == note.get("sha256")

    @contextmanager
    def writing(self, **remarks: Any) -> Iterator[Path]:
        """Yield a path to write to, which is moved to `path` on success; `remarks` are recorded in the sidecar."""
        if self.about:
            remarks["about"] = self.about()
        self.sidecar.parent.mkdir(parents=True, exist_ok=True)
        # Left by a killed run.
        for incomplete in self.path.parent.glob(f".making-{self.path.name}-*"):
            shutil.rmtree(incomplete, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=f".making-{self.path.name}-", dir=self.path.parent))
        temporary = folder / self.path.name
        try:
            yield temporary
            self._publish(temporary, remarks)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _publish(self, temporary: Path, remarks: dict[str, Any]) -> None:
        if not temporary.exists():
            raise FileNotFoundError(f"{self.path.name}: expected the task to write it to {temporary}, found nothing")
        note = {"fingerprint": self.fingerprint, "sha256": sha256_of(temporary), **remarks}
        # The old sidecar goes first: after a kill between the steps, the output is incomplete instead of mislabeled.
        self.sidecar.unlink(missing_ok=True)
        if self.path.is_dir():
            shutil.rmtree(self.path)
        elif temporary.is_dir():
            self.path.unlink(missing_ok=True)
        temporary.replace(self.path)
        note["files"] = file_metadata(self.path)
        json_file.write(self.sidecar, note)
