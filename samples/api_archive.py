"""Pages of the API, and archives of its months in the format of the pipeline."""

import hashlib
import json
import zipfile
from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from samples.api_texts import Case

PAGE_SIZE = 1000
ADDRESS = "https://api.example/public/"
TIME = (1980, 1, 1, 0, 0, 0)


def page(cases: Sequence[Case], first: str, last: str, marker: str = "", size: int = PAGE_SIZE) -> bytes | None:
    """Return the body of a page of the cases between two dates, which starts at a marker; None if there are no cases.

    `cases` are sorted by date. Raises ValueError for a marker that no page has.
    """
    begin = bisect_left(cases, first, key=lambda case: case["eventDate"])
    end = bisect_right(cases, last, key=lambda case: case["eventDate"])
    start = begin + (int(marker.removeprefix("m")) if marker else 0)
    if begin == end:
        return None
    more = start + size < end
    content: dict[str, Any] = {"startDate": first, "endDate": last, "pageSize": size, "hasMore": more}
    content["nextMarker"] = f"m{start - begin + size}" if more else None
    content["data"] = cases[start : min(start + size, end)]
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def pages(cases: Sequence[Case], month: str, size: int = PAGE_SIZE) -> list[bytes]:
    """Return the bodies of all pages of a month, `YYYY-MM`."""
    first, last = month_bounds(month)
    bodies: list[bytes] = []
    marker = ""
    while body := page(cases, first, last, marker, size):
        bodies.append(body)
        marker = json.loads(body)["nextMarker"]
        if not marker:
            break
    return bodies


def month_bounds(month: str) -> tuple[str, str]:
    """Return the first and last date of a month."""
    year, number = int(month[:4]), int(month[5:])
    return f"{month}-01", f"{month}-{monthrange(year, number)[1]:02d}"


def months(first: str, last: str) -> Iterator[str]:
    """Return all months from one to another, both included."""
    number, end = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in (first, last))
    for value in range(number, end + 1):
        yield f"{value // 12:04d}-{value % 12 + 1:02d}"


def write_month(folder: Path, month: str, bodies: Sequence[bytes]) -> Path:
    """Write `api-YYYY-MM.zip` and its sidecar, and return its path; the same pages give the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"api-{month}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        archive.comment = f"ntsb-api-month {month}".encode()
        for number, body in enumerate(bodies, 1):
            member = zipfile.ZipInfo(f"page-{number:04d}.json", TIME)
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, body)
    entries = [{"status": 200, "sha256": hashlib.sha256(body).hexdigest()} for body in bodies]
    sidecar: dict[str, Any] = {"address": ADDRESS, "month": month, "api": "v2", "retrieved": None}
    sidecar["pages"] = entries or [{"status": 204, "sha256": hashlib.sha256().hexdigest()}]
    text = json.dumps(sidecar, indent=1, sort_keys=True)
    path.with_name(f"{path.name}.json").write_text(text + "\n", encoding="utf-8")
    return path


def write_archive(folder: Path, cases: Sequence[Case], first: str, last: str, size: int = PAGE_SIZE) -> list[Path]:
    """Write the archives of all months from `first` to `last`, also of those without cases."""
    return [write_month(folder, month, pages(cases, month, size)) for month in months(first, last)]
