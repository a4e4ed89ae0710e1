"""Archives of months, and the pages of a month whose download is not complete.

`months/api-YYYY-MM.zip` has the bodies of the pages in the order of retrieval, and a comment with the month; the same
pages give the same bytes. `months/api-YYYY-MM.zip.json` says when and from where: {month, sha256, bytes, address, api,
retrieved, pages: [{status, sha256}], cases, open_cases}. An archive is never modified: another edition of a month
replaces it, and the former one is kept in `earlier/`.
`pages/YYYY-MM/page-0001.json` and so on are the pages that are complete already.
"""

import hashlib
import re
import shutil
import zipfile
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import json_file
from pipeline.ingest import archive

MEMBER_TIME = (1980, 1, 1, 0, 0, 0)
COMMENT = "ntsb-api-month "
# Entries of the JSON file that decide what is downloaded.
RECORDED = {"sha256", "bytes", "retrieved", "open_cases"}


def bounds(month: str) -> tuple[str, str]:
    """Return the first and the last date of a month."""
    return f"{month}-01", f"{month}-{monthrange(int(month[:4]), int(month[5:]))[1]:02d}"


def sequence(first: str, last: str) -> list[str]:
    """Return all months from one to another, both included."""
    begin, end = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in (first, last))
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(begin, end + 1)]


def file_name(month: str) -> str:
    """Return the name of a month's archive."""
    return f"api-{month}.zip"


def is_month_file(name: str) -> bool:
    """Return True for the name of a month's archive."""
    return re.fullmatch(r"api-\d{4}-\d\d\.zip", name, re.ASCII) is not None


@dataclass(frozen=True)
class Months:
    """The folder with the archives and incomplete months of one address."""

    root: Path

    @property
    def folder(self) -> Path:
        """Return the folder of the archives, which is a source location of its own."""
        return self.root / "months"

    def path(self, month: str) -> Path:
        """Return the path of a month's archive."""
        return self.folder / file_name(month)

    def record(self, month: str) -> dict[str, Any] | None:
        """Return the content of the JSON file next to an archive; None if it or the archive is not complete."""
        path = self.path(month)
        record = json_file.read(path.with_name(f"{path.name}.json")) or {}
        is_complete = record.keys() >= RECORDED and path.is_file() and path.stat().st_size == record["bytes"]
        return record if is_complete else None

    def is_intact(self, month: str) -> bool:
        """Return True if a month's archive has the recorded hash."""
        record = self.record(month)
        return record is not None and archive.file_sha256(self.path(month)) == record["sha256"]

    def pages(self, month: str) -> Iterator[bytes]:
        """Yield the complete pages of an interrupted download, in order."""
        number = 1
        while (path := self.page_path(month, number)).is_file():
            yield path.read_bytes()
            number += 1

    def page_path(self, month: str, number: int) -> Path:
        """Return the path of a page of an interrupted download."""
        return self.root / "pages" / month / f"page-{number:04d}.json"

    def write_page(self, month: str, number: int, body: bytes) -> None:
        """Keep a complete page, so that it is not downloaded again after an interruption."""
        path = self.page_path(month, number)
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".part")
        temporary.write_bytes(body)
        temporary.replace(path)

    def discard_pages(self, month: str) -> None:
        """Delete the pages of an interrupted download."""
        shutil.rmtree(self.page_path(month, 1).parent, ignore_errors=True)

    def discard_all_pages(self) -> None:
        """Delete the pages of all interrupted downloads."""
        shutil.rmtree(self.root / "pages", ignore_errors=True)

    def write(self, month: str, bodies: Sequence[bytes], remarks: dict[str, Any]) -> bool:
        """Write a month's archive and its JSON file; return False if an intact archive has these pages already.

        Killed between the two, the pages are still there, and are archived again without a request.
        """
        path, record = self.path(month), self.record(month) if self.is_intact(month) else None
        hashes = [{"status": 200, "sha256": hashlib.sha256(body).hexdigest()} for body in bodies]
        pages = hashes or [{"status": 204}]
        self.folder.mkdir(parents=True, exist_ok=True)
        # Pages are compared, because the bytes of an archive depend on the version of zlib.
        if record and record.get("pages") == pages:
            self._write_record(month, record | remarks)
            return False
        if record:
            self._keep_earlier(month, record)
        # In the folder of the pages, which is deleted even if this process is killed.
        temporary = self.page_path(month, 1).with_name(path.name)
        temporary.parent.mkdir(parents=True, exist_ok=True)
        write_zip(temporary, month, bodies)
        sha256, size = archive.file_sha256(temporary), temporary.stat().st_size
        record = {"month": month, "sha256": sha256, "bytes": size, "pages": pages}
        self._write_record(month, record | remarks, temporary)
        return True

    def _write_record(self, month: str, record: dict[str, Any], archived: Path | None = None) -> None:
        """Write the JSON file, then move the new archive next to it, and delete the pages of the download."""
        path = self.path(month)
        json_file.write(path.with_name(f"{path.name}.json"), record)
        if archived:
            archived.replace(path)
        self.discard_pages(month)

    def _keep_earlier(self, month: str, record: dict[str, Any]) -> None:
        """Copy the archive that is replaced, with its JSON file, to `earlier/`."""
        path = self.path(month)
        earlier = self.root / "earlier"
        earlier.mkdir(exist_ok=True)
        stem = f"{path.stem}-{record['sha256'][:16]}.zip"
        shutil.copyfile(path, earlier / stem)
        json_file.write(earlier / f"{stem}.json", record)


def write_zip(path: Path, month: str, bodies: Sequence[bytes]) -> None:
    """Write the pages of a month as a zip; the same pages give the same bytes with the same version of zlib."""
    with zipfile.ZipFile(path, "w") as zipped:
        zipped.comment = f"{COMMENT}{month}".encode()
        for number, body in enumerate(bodies, 1):
            member = zipfile.ZipInfo(f"page-{number:04d}.json", MEMBER_TIME)
            member.compress_type = zipfile.ZIP_DEFLATED
            zipped.writestr(member, body)
