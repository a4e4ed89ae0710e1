"""What an archived file contains: its tables, and the dates of its events.

The contents, not the name, determine what a file is (see `editions`). They are read once per file and recorded in the
sidecar of the archive, under `contents`.
"""

import hashlib
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path, PureWindowsPath
from statistics import median_low
from typing import Any

from pipeline import fingerprint, json_file
from pipeline.errors import ExtractionError
from pipeline.ingest import access_file, api_pages, archive, change_dates, unpack
from pipeline.ingest.access_file import AccessTable, Database
from pipeline.ingest.change_dates import Period, is_date

EVENTS, EVENT_DATE, CHANGE_DATE = "events", "ev_date", "lchg_date"
# Access files with this table, and months with cases that have this field, contain made-up events.
MADE_UP_TABLE, MADE_UP_FIELD = "made_up_data", "madeUpData"


@dataclass(frozen=True)
class Contents:
    """The contents of an Access file, or of an archive of the Enterprise API.

    `member` is its name in the zip, empty for a file that is not zipped; `packed` is the date recorded there. `tables`
    are in lower case. `changes` is the number of events with a change date; `newest_change` is the newest plausible
    one, `median_change` the middle one, and `median_date` the middle date of an event: text in ISO format, empty if
    there is none. `years` is {year: number of events}. `periods` are those of changes and events. `month` is that of an
    archive of the Enterprise API, whose `tables` are empty, but for the marker of made-up cases, and whose changes are
    dates of publication; empty for an Access file.
    """

    access_sha256: str
    member: str
    packed: str
    tables: tuple[str, ...]
    changes: int = 0
    newest_change: str = ""
    median_change: str = ""
    median_date: str = ""
    years: tuple[tuple[int, int], ...] = ()
    periods: tuple[Period, ...] = ()
    month: str = ""

    @property
    def is_made_up(self) -> bool:
        """Return True if the file says that its events are made up."""
        return MADE_UP_TABLE in self.tables


@cache
def reading_code() -> str:
    """Return a digest of the code that reads files: with other code, a file is read again."""
    digests = sorted(fingerprint.code_digests(["pipeline.ingest.contents"]).items())
    return hashlib.sha256(repr(digests).encode()).hexdigest()[:16]


def read(store: Path, sha256: str) -> Contents | None:
    """Return the recorded contents of an archived file, None if they are not recorded."""
    try:
        recorded = dict((archive.read_metadata(store, sha256) or {})["contents"])
        if recorded.pop("read_by") != reading_code():
            return None
        lists = {"tables": tuple(recorded["tables"]), "years": tuple((int(y), int(n)) for y, n in recorded["years"])}
        lists["periods"] = tuple(Period(**period) for period in recorded["periods"])
        return Contents(**recorded | lists)
    except (KeyError, TypeError, ValueError):
        return None


def write(store: Path, sha256: str, contents: Contents) -> None:
    """Record the contents of an archived file in its sidecar."""
    path = archive.zip_path(store, sha256).with_suffix(".json")
    json_file.write(path, (json_file.read(path) or {}) | {"contents": {"read_by": reading_code()} | asdict(contents)})


def record(store: Path, sha256: str, name: str, max_gb: float) -> None:
    """Inspect an archived file, unless its contents are recorded; `name` is for messages.

    Raises ArchiveError or ExtractionError if it cannot be read.
    """
    if read(store, sha256) is None:
        with inspecting(archive.zip_path(store, sha256), name, max_gb) as (contents, _):
            write(store, sha256, contents)


@contextmanager
def inspecting(path: Path, name: str, max_gb: float) -> Iterator[tuple[Contents, Path]]:
    """Yield the contents of a zip with an Access file, or of an Access file, and the unpacked file.

    The unpacked file is deleted at the end unless it has been moved; an archive of the Enterprise API has none. Raises
    ArchiveError or ExtractionError if it cannot be read.
    """
    if month := api_pages.month_of(path):
        yield _read_month(path, name, month, max_gb), path
        return
    with tempfile.TemporaryDirectory(prefix=".inspecting-", dir=path.parent) as folder:
        access = Path(folder) / "access.mdb"
        member = unpack.unpack_access_file(path, access, name, max_gb)
        packed = unpack.inspect_zip(path, name, max_gb).date_time if member else ()
        try:
            tables, summary = _read_access_file(access)
        except ExtractionError as error:
            # The user knows the file by another name than that of the temporary one.
            raise ExtractionError(f"{name}: {str(error).removeprefix(f'{access.name}: ')}") from error
        contents = Contents(
            access_sha256=archive.file_sha256(access),
            member=PureWindowsPath(member).name,
            packed="-".join(f"{number:02d}" for number in packed),
            tables=tables,
        )
        yield replace(contents, **summary), access


def _read_month(path: Path, name: str, month: str, max_gb: float) -> Contents:
    """Return the contents of an archive of the Enterprise API. Raises ArchiveError."""
    dates, tables = [], set[str]()
    for case in (case.content for case in api_pages.read_cases(path, name, max_gb)):
        dates.append((str(case.get("eventDate") or ""), api_pages.edition_date(case)))
        tables |= {MADE_UP_TABLE} if case.get(MADE_UP_FIELD) else set()
    return Contents(archive.file_sha256(path), "", "", tuple(tables), **summarize(iter(dates)), month=month)


def _read_access_file(path: Path) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Return the names of the tables, and the fields of Contents that describe events. Raises ExtractionError."""
    database = access_file.open_database(path)
    name = _loaded_name(EVENTS, (table.name for table in database.tables))
    events = next((table for table in database.tables if table.name == name), None)
    summary = summarize(read_dates(database, events)) if events else {}
    return tuple(sorted(table.name.lower() for table in database.tables)), summary


def keep_unpacked(store: Path, sha256: str, access: Path) -> None:
    """Keep an unpacked file, unless there is none, for `take_unpacked`, so that the zip is unpacked once."""
    kept = _unpacked_path(store, sha256)
    # An existing folder has the file already.
    if access.exists() and not kept.parent.exists():
        kept.parent.mkdir(parents=True)
        access.replace(kept)


def take_unpacked(store: Path, sha256: str, target: Path) -> bool:
    """Move the kept unpacked file to `target` and return True; False if there is none, or it was modified."""
    kept, contents = _unpacked_path(store, sha256), read(store, sha256)
    if contents is None or not kept.is_file() or archive.file_sha256(kept) != contents.access_sha256:
        return False
    kept.replace(target)
    return True


def _unpacked_path(store: Path, sha256: str) -> Path:
    return store / "access" / sha256 / ".inspected"


def read_dates(database: Database, table: AccessTable) -> Iterator[tuple[str, str]]:
    """Yield (date of the event, change date) of every event, as text; empty for NULL and absent columns."""
    all_names = [column.name for column in table.columns]
    columns = {_loaded_name(name, all_names) for name in (EVENT_DATE, CHANGE_DATE)}
    names = [name.lower() for name in all_names if name in columns]
    for block in access_file.read_rows(database, table, [name for name in all_names if name in columns]):
        empty = [None] * block.batch.num_rows
        dates = [
            block.batch.column(names.index(name)).cast("string").to_pylist() if name in names else empty
            for name in (EVENT_DATE, CHANGE_DATE)
        ]
        yield from ((event or "", change or "") for event, change in zip(*dates, strict=True))


def _loaded_name(name: str, names: Iterable[str]) -> str | None:
    """Return the one of several spellings of a name that is loaded under this name, as in raw_names.safe_names."""
    return min(
        (other for other in names if other.lower() == name), key=lambda other: (other != name, other), default=None
    )


def summarize(dates: Iterator[tuple[str, str]]) -> dict[str, Any]:
    """Return the fields of Contents that describe events; text that is not a date counts as NULL."""
    pairs = list(dates)
    events = sorted(event for event, _ in pairs if is_date(event))
    changes = sorted(change for _, change in pairs if is_date(change))
    # An event after its own change is a mistake.
    dated = {event for event, change in pairs if is_date(event) and (event <= change or not is_date(change))}
    periods = change_dates.find_periods(Counter(changes).items(), dated)
    return {
        "changes": len(changes),
        "newest_change": change_dates.newest_plausible({"": periods})[""],
        "median_change": _middle(changes),
        "median_date": _middle(events),
        "years": tuple(sorted(Counter(int(event[:4]) for event in events).items())),
        "periods": periods,
    }


def _middle(texts: Sequence[str]) -> str:
    return median_low(texts) if texts else ""
