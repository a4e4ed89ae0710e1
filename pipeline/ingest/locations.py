"""A place that holds NTSB's zips: a folder, or an http(s) address.

An address with `{file}` in it is asked for `avall.zip` there; any other address is a folder that holds `avall.zip`.
"""

import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pipeline.errors import SET_SOURCES_HINT, SourceNotFound, SourcePermissionDenied, SourceUnreachable
from pipeline.ingest import archive, http, snapshot
from pipeline.ingest.http import FileMetadata, RetryPolicy
from pipeline.ingest.transfer import require_free_space

T = TypeVar("T")


@dataclass(frozen=True)
class SourceLocation:
    """One folder or address, as the user wrote it. A relative folder is looked for from where the run was started."""

    address: str

    @property
    def is_url(self) -> bool:
        """True for http(s), False for a folder."""
        return self.address.lower().startswith(("http://", "https://"))

    @property
    def shown(self) -> str:
        """The place for messages, without a password."""
        return http.redact_url(self.address) if self.is_url else str(self.folder)

    @property
    def folder(self) -> Path:
        """The folder's absolute path."""
        return Path(self.address).expanduser().resolve()

    @property
    def key(self) -> str:
        """16 hex digits that name the place in the store."""
        return hashlib.sha256(self.shown.encode()).hexdigest()[:16]

    def sources(self, base: Sequence[str], weekly: Sequence[str]) -> list[str]:
        """Canonical names in order: those the knobs name; in a folder, what is there of `base`, and all weekly ones.

        Raises SourceUnreachable (no folder), SourceUnreadable, SourceMissing (none of `base` there), UnknownSource.
        """
        wanted = {snapshot.canonical_name(name) or name for name in base}
        if self.is_url:
            return snapshot.order_sources(wanted | {snapshot.canonical_name(name) or name for name in weekly})
        snapshot.order_sources(wanted)
        found = self._zips()
        if not wanted & set(found):
            seen = ", ".join(path.name for path in self._listed()[:20]) or "nothing"
            expected = " or ".join(f"{name}.zip" for name in snapshot.order_sources(wanted))
            raise SourceNotFound(
                f"{self.folder}: expected {expected}, found {seen}; put the zips there, or {SET_SOURCES_HINT}"
            )
        return snapshot.order_sources(name for name in found if name in wanted or name not in snapshot.DATABASES)

    def url(self, source: str) -> str:
        """The address of one zip."""
        file = f"{source}.zip"
        return (
            self.address.replace("{file}", file) if "{file}" in self.address else f"{self.address.rstrip('/')}/{file}"
        )

    def ask(self, source: str, patience: RetryPolicy) -> FileMetadata:
        """What the place says of one zip now. Raises a SourceError."""
        return http.probe(self.url(source), patience) if self.is_url else self._facts(self._file(source))

    def bring(self, source: str, part: Path, patience: RetryPolicy) -> FileMetadata:
        """Puts the bytes of one zip into `part`, and gives what the place said of them. Raises a SourceError or NoRoom.

        A copy and no link: a later download over the user's file must not change what is archived.
        """
        if self.is_url:
            return http.download(self.url(source), part, patience)
        file = self._file(source)
        facts = self._facts(file)
        part.parent.mkdir(parents=True, exist_ok=True)
        require_free_space(part.parent, facts.bytes or 0, str(file))
        self._reading(file, lambda: shutil.copyfile(file, part))
        return facts

    def holds(self, source: str, sha256: str) -> bool:
        """True where the zip in this folder has those bytes, after reading all of it. Raises SourceMissing."""
        file = self._file(source)
        try:
            return archive.file_sha256(file) == sha256
        except OSError:
            # Bringing it has the words for that.
            return False

    def _facts(self, file: Path) -> FileMetadata:
        stat = self._reading(file, file.stat)
        return FileMetadata(str(file), bytes=stat.st_size, mtime_ns=stat.st_mtime_ns)

    def _file(self, source: str) -> Path:
        file = self._zips().get(source)
        if file is None:
            raise SourceNotFound(
                f"{self.folder}: expected {source}.zip, it is not there; put it there, or {SET_SOURCES_HINT}"
            )
        return file

    def _zips(self) -> dict[str, Path]:
        """{canonical name: file}; names are compared without regard to case, so two files may claim one name."""
        found: dict[str, Path] = {}
        for file in self._listed():
            name = snapshot.canonical_name(file.name) if file.suffix.lower() == ".zip" else None
            if name in found:
                both = f"{found[name].name} and {file.name}"
                raise SourceNotFound(
                    f"{self.folder}: expected one file for {name}, found {both}; take one of them away"
                )
            if name:
                found[name] = file
        return found

    def _listed(self) -> list[Path]:
        return self._reading(self.folder, lambda: sorted(self.folder.iterdir()))

    def _reading(self, path: Path, action: Callable[[], T]) -> T:
        try:
            return action()
        except PermissionError:
            raise SourcePermissionDenied(
                f"{path}: may not be read by this user; give read permission (`chmod -R a+rX`), or {SET_SOURCES_HINT}"
            ) from None
        except (FileNotFoundError, NotADirectoryError):
            raise SourceUnreachable(
                f"{path}: expected a folder with the zips, it is not there; {SET_SOURCES_HINT}"
            ) from None
