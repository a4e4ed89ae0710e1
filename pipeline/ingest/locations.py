"""A source location: a folder with NTSB's files, zipped or not, or an http(s) URL with the zips.

Every file of a folder that may be an Access file is a source; its contents, which are read when it is archived,
determine what it is. Of an archive of source files, those of its last state, or with `@YYYY-MM-DD` of that day, are the
sources. In a URL with `{file}`, that is replaced by the name of the zip; any other URL is a page that
links to the zips, or a folder to which the name is appended.
"""

import contextlib
import hashlib
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TypeVar

from pipeline.errors import (
    SET_SOURCES_HINT,
    SourceError,
    SourceNotFound,
    SourcePermissionDenied,
    SourceUnreachable,
    escape,
    printable,
)
from pipeline.ingest import archive, directory_page, http, jet_file, snapshot, source_archive, unpack
from pipeline.ingest.enterprise_api.months import Months
from pipeline.ingest.http import FileMetadata, RequestPolicy
from pipeline.ingest.transfer import raise_if_full, require_free_space
from pipeline.redaction import redact, without_credentials

T = TypeVar("T")
# Files that may be used, and archives and incomplete downloads that are reported as ignored.
USED_SUFFIXES = (".zip", *unpack.ACCESS_SUFFIXES)
SIGNATURES = (*jet_file.SIGNATURES, b"PK\x03\x04", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"\x1f\x8b")
IGNORED_SUFFIXES = (".7z", ".rar", ".gz", ".tgz", ".bz2", ".xz", ".tar", ".exe")
# The time of a folder's last change has the resolution of a clock tick, or on some file systems of two seconds.
SETTLED_NS = 3_000_000_000
# Searched for files that are not read; without those behind links.
MAX_SUBFOLDERS = 100
CHUNK_BYTES = 1 << 20
INCOMPLETE_SUFFIXES = (".part", ".crdownload", ".download")


@dataclass(frozen=True)
class SourceLocation:
    """A folder or URL as the user wrote it; a relative folder is relative to the current directory.

    `with_api`: months of NTSB's API are used together with its files.
    """

    address: str
    with_api: bool = False

    @property
    def is_url(self) -> bool:
        """Return True for http(s), False for a folder."""
        return self.address.lower().startswith(("http://", "https://"))

    def is_months_of(self, months: Months) -> bool:
        """Return True for the folder of a download of the API."""
        return not self.is_url and self.folder == months.folder.resolve()

    @property
    def display_name(self) -> str:
        """Return the folder, or the URL without a password, for messages."""
        return redact(self.address) if self.is_url else escape(self._dated_folder)

    @property
    def _dated_folder(self) -> str:
        return str(self.folder) + (f"@{self.date}" if self.date else "")

    @property
    def folder(self) -> Path:
        """Return the folder's absolute path. Raises SourceNotFound for an address that is not a path."""
        try:
            return Path(source_archive.split_date(self.address)[0]).expanduser().resolve()
        except (RuntimeError, ValueError, OSError) as error:
            raise SourceNotFound(
                f"{printable(self.address)}: expected a folder, found: {printable(str(error))}; {SET_SOURCES_HINT}"
            ) from None

    @property
    def date(self) -> str:
        """Return the date of the state of an archive of source files; empty for the last state and other folders."""
        return "" if self.is_url else source_archive.split_date(self.address)[1]

    @property
    def key(self) -> str:
        """Return 16 hex digits that identify the location in the store."""
        identity = without_credentials(self.address) if self.is_url else self._dated_folder
        return hashlib.sha256(identity.encode(errors="surrogateescape")).hexdigest()[:16]

    def sources(self, base: Sequence[str], weekly: Sequence[str]) -> list[str]:
        """Return the names of the sources at this location, sorted.

        For a URL these are `base` and `weekly`; for a folder, one name per file, whatever the file contains: `avall`
        for the zip `avall.zip`, in any case, else the name of the file. An empty `base` means all databases.

        Raises SourceUnreachable (no folder), SourcePermissionDenied, SourceNotFound (no file), UnknownSource.
        """
        names = snapshot.require_known([*(base or snapshot.DATABASES), *weekly])
        if self.is_url:
            return names
        files = self._files()
        if not files:
            kinds = {
                path.name: "/" if path.is_dir() else "" if path.is_file() else " (no file)"
                for path in self._list_folder()
            }
            names = [f"{name}{kind}" for name, kind in kinds.items()]
            raise self.missing_databases(base, names)
        return sorted(files)

    def missing_databases(self, base: Sequence[str], names: Sequence[str]) -> SourceNotFound:
        """Return the error for a location that has these files, but no database of `base`; empty means all."""
        files = ", ".join(printable(name) for name in names[:20]) or "nothing"
        expected = " or ".join(f"{name}.zip" for name in snapshot.require_known(base or snapshot.DATABASES))
        return SourceNotFound(
            f"{self.display_name}: expected {expected}, found {files}; put the files there, or {SET_SOURCES_HINT}"
        )

    def ignored_files(self) -> dict[str, str]:
        """Return {file: reason} of archives and databases in the folder that are not read, sorted."""
        try:
            paths = [] if self.is_url or self._is_source_archive() else self._list_folder()
        except SourceUnreachable:
            paths = []
        reasons = {printable(path.name): _ignored_reason(path) for path in paths}
        return {name: reason for name, reason in reasons.items() if reason}

    def url(self, source: str, policy: RequestPolicy) -> str:
        """Return the URL of the source's zip: where the directory page links to, else the address with the name."""
        file_name = f"{source}.zip"
        if "{file}" in self.address:
            return self.address.replace("{file}", file_name)
        listing = directory_page.read_listing(self.address, policy)
        if listing and source in listing.sources:
            return self.absolute_url(listing.sources[source])
        return f"{self.address.rstrip('/')}/{file_name}"

    def absolute_url(self, link: str) -> str:
        """Return the URL of a link, with the user and password of the address if it is on the same server."""
        return http.redirect_url(self.address, link)

    def probe(self, source: str, policy: RequestPolicy) -> FileMetadata:
        """Return the current metadata of a zip. Raises SourceError."""
        return http.probe(self.url(source, policy), policy) if self.is_url else self._metadata(self._file(source))

    def download(self, source: str, part: Path, policy: RequestPolicy) -> FileMetadata:
        """Download or copy a zip to `part`; return its metadata. Raises SourceError or ArchiveError.

        Not a hard link: overwriting the user's file must not change the archive.
        """
        if self.is_url:
            return http.download(self.url(source, policy), part, policy)
        file = self._file(source)
        metadata = self._metadata(file)
        part.parent.mkdir(parents=True, exist_ok=True)
        require_free_space(part.parent, metadata.bytes or 0, str(file))
        try:
            self._copy(file, part)
        except BaseException as error:
            part.unlink(missing_ok=True)
            raise_if_full(error, part)
            raise
        return metadata

    def verify(self, source: str, copy: Path, name: str) -> None:
        """Raise TruncatedArchive if the copy of a file is not the one in the manifest of an archive of source files."""
        if not self.is_url and self._is_source_archive():
            source_archive.verify_copy(self.folder, self._file(source), copy, name)

    def has_content(self, source: str, sha256: str) -> bool:
        """Return True if the zip in this folder has that sha256; reads the whole file. Raises SourceError."""
        file = self._file(source)
        try:
            return archive.file_sha256(file) == sha256
        except OSError:
            # The download reports the error.
            return False

    def _copy(self, file: Path, part: Path) -> None:
        """Copy a file of the folder. Raises SourceError if it cannot be read, OSError if `part` cannot be written."""
        with self._access(file, lambda: file.open("rb")) as source, part.open("wb") as target:
            while chunk := self._access(file, lambda: source.read(CHUNK_BYTES)):
                target.write(chunk)

    def _metadata(self, file: Path) -> FileMetadata:
        """Return path, size and time of the last change of a file in the folder."""
        stat = self._access(file, file.stat)
        # A copy may have the size and modification time of the file that it replaces, but not its time of change.
        return FileMetadata(str(file), bytes=stat.st_size, mtime_ns=max(stat.st_mtime_ns, stat.st_ctime_ns))

    def _file(self, source: str) -> Path:
        """Return the file of a source in the folder. Raises SourceNotFound if there is none."""
        file = self._files().get(source)
        if file is None:
            name = source if source.lower().endswith(USED_SUFFIXES) else f"{source}.zip"
            raise SourceNotFound(f"{self.folder}: expected {name}, found none; put it there, or {SET_SOURCES_HINT}")
        return file

    def _files(self) -> dict[str, Path]:
        """Return {source: file} of the folder, which is listed again only if it has changed: a task asks per file."""
        stat = self._access(self.folder, self.folder.stat)
        # Tools that copy a folder set its modification time, but not its time of change. Files of an archive are in
        # subfolders.
        changed_ns = max(stat.st_mtime_ns, stat.st_ctime_ns)
        if self._is_source_archive() or time.time_ns() - changed_ns < SETTLED_NS:
            return self._read_files()
        return _files_of(self, self.folder, changed_ns)

    def _read_files(self) -> dict[str, Path]:
        """Return {source: file} of the folder. Of zips that differ only in case, the first has the short name."""
        files: dict[str, Path] = {}
        if self._is_source_archive():
            archived = source_archive.files_at(self.folder, self.date)
            names = [name for name in sorted(archived) if name.lower().endswith(USED_SUFFIXES)]
            return {snapshot.canonical_name(name) or name: archived[name] for name in names}
        for file in self._list_folder():
            if file.suffix.lower() not in USED_SUFFIXES or not self._access(file, file.is_file):
                continue
            name = snapshot.canonical_name(file.name) if file.suffix.lower() == ".zip" else None
            files[name if name and name not in files else file.name] = file
        return files

    def _is_source_archive(self) -> bool:
        return (
            bool(self.date) or self._access(self.folder, lambda: source_archive.read_manifest(self.folder)) is not None
        )

    def _list_folder(self) -> list[Path]:
        return self._access(self.folder, lambda: sorted(self.folder.iterdir()))

    def _access(self, path: Path, action: Callable[[], T]) -> T:
        """Return the result of an action on a path; raise its OSError as SourceError with advice."""
        try:
            return action()
        except OSError as error:
            raise _source_error(error, escape(str(path))) from None


def _source_error(error: OSError, name: str) -> SourceError:
    """Return an error of the operating system with advice; `name`: the path."""
    if isinstance(error, PermissionError):
        return SourcePermissionDenied(
            f"{name}: permission denied; allow this user to read it (`chmod -R a+rX`), or {SET_SOURCES_HINT}"
        )
    is_missing = isinstance(error, FileNotFoundError | NotADirectoryError)
    reason = "none" if is_missing else f"an error ({error.strerror})"
    return SourceUnreachable(f"{name}: expected a folder with the zips, found {reason}; {SET_SOURCES_HINT}")


def clear() -> None:
    """Forget the lists of folders: a link in one may lead to another file, or to none."""
    _files_of.cache_clear()


@lru_cache(maxsize=8)
def _files_of(location: SourceLocation, folder: Path, changed_ns: int) -> dict[str, Path]:
    return location._read_files()


def _ignored_reason(path: Path) -> str:
    """Return why an archive or database of the folder is not read; empty for one that is read, and for other files."""
    suffix = path.suffix.lower()
    if suffix in IGNORED_SUFFIXES:
        return f"{suffix} is not read; unpack it, or use a zip, .mdb or .accdb"
    if suffix in INCOMPLETE_SUFFIXES:
        return "it is an incomplete download; complete it, or download the file again"
    if suffix in USED_SUFFIXES:
        if path.is_dir():
            return "it is a folder; move its files to the folder above"
        return "" if path.is_file() else "it is neither a file nor a link to one; put the file in its place"
    with contextlib.suppress(OSError):
        folders = islice(os.walk(path), MAX_SUBFOLDERS)
        if any(name.lower().endswith(USED_SUFFIXES) for _, _, names in folders for name in names):
            return "files in a subfolder are not read; move them to the folder above"
        if path.is_file() and suffix not in directory_page.MANUAL_SUFFIXES and _starts_like_archive(path):
            return "it is an archive or a database, but its name ends neither in .zip nor in .mdb or .accdb; rename it"
    return ""


def _starts_like_archive(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(max(map(len, SIGNATURES))).startswith(SIGNATURES)
