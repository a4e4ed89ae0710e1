"""Zips of a benchmark: those of the cold build, the weekly file added later, and a generated next edition of avall."""

import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.ingest import access_file, jet_file, snapshot

# The generated next edition of avall revises one event in a hundred.
REVISED_ONE_IN = 100
# Layout of an Access file: a row is on one page, and the city of an event follows its id.
PAGE = 4096
ENCODINGS = (("latin-1", b"\xff\xfe"), ("utf-16-le", b""))
DATA_PAGE, DEFINITION_PAGE = 0x101, 0x102
DELETED_FLAGS = jet_file.HIDDEN_FLAG | jet_file.POINTER_FLAG
ROW_COUNT_OFFSET = 16  # in the table definition


def zips(folder: Path) -> dict[str, Path]:
    """{source: zip} of a folder, databases first. Raises SystemExit if it has none of NTSB's databases."""
    archives = [path for path in sorted(folder.glob("*")) if path.suffix.lower() == ".zip"]
    by_source = {name: path for path in archives if (name := snapshot.canonical_name(path.name))}
    if not set(by_source) & set(snapshot.DATABASES):
        expected = ", ".join(f"{name}.zip" for name in snapshot.DATABASES)
        raise SystemExit(f"{folder}: expected {expected}, found none of them; name another folder with --sources")
    databases = [name for name in snapshot.DATABASES if name in by_source]
    return {name: by_source[name] for name in (*databases, *sorted(set(by_source) - set(databases)))}


def weekly(sources: Sequence[str]) -> str | None:
    """The last weekly file, which is added after the cold build; None if there is none."""
    weekly_files = [name for name in sources if name not in snapshot.DATABASES]
    return weekly_files[-1] if weekly_files else None


def link(folder: Path, source: str, file: Path) -> None:
    """Links a zip into the source folder of the runs, replacing an earlier one of the same source."""
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"{source}.new"
    draft.symlink_to(file.resolve())
    draft.replace(folder / f"{source}.zip")


def unpack(archives: dict[str, Path], folder: Path) -> dict[str, Path]:
    """Extracts the Access file of each zip; returns {source: Access file}."""
    extracted = {}
    for source, archive in archives.items():
        with zipfile.ZipFile(archive) as zipped:
            (name,) = [member for member in zipped.namelist() if Path(member).suffix.lower() in (".mdb", ".accdb")]
            extracted[source] = Path(zipped.extract(name, folder / source))
    return extracted


def next_avall(access: Path, archive: Path) -> int:
    """Writes a zip with the next edition of an Access file and returns the number of revised events.

    The first event is deleted, so that all other rows get another number, and every hundredth event has another city.
    The file is edited in place, as Access would, so that all other bytes are unchanged.
    """
    content = bytearray(access.read_bytes())
    events = list(cities(access))
    changed = sum(revise(content, ev_id, city) for ev_id, city in events[REVISED_ONE_IN::REVISED_ONE_IN])
    withdraw(content, events[0][0])
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as zipped:
        zipped.writestr(access.name, bytes(content))
    return changed


def cities(access: Path) -> Iterator[tuple[str, str]]:
    """Yields (ev_id, city) of the events whose city has at least four characters, all ASCII."""
    database = access_file.open_database(access)
    (events,) = [table for table in database.tables if table.name == "events"]
    for block in access_file.read_rows(database, events):
        for row in block.batch.to_pylist():
            if re.fullmatch(r"[ -~]{4,}", row["ev_city"] or ""):
                yield row["ev_id"], row["ev_city"]


def revise(content: bytearray, ev_id: str, city: str) -> bool:
    """Changes the last letter of the city of an event; returns False if id and city are not on the same page."""
    other = city[:-1] + ("x" if city[-1] != "x" else "y")
    # Text is stored with one byte per character after a marker, or as UTF-16.
    for code, mark in ENCODINGS:
        key, old, new = (mark + word.encode(code) for word in (ev_id, city, other))
        for start in offsets(content, key):
            offset = content.find(old, start, (start // PAGE + 1) * PAGE)
            if offset >= 0:
                content[offset : offset + len(old)] = new
                return True
    return False


def offsets(content: bytearray, key: bytes) -> Iterator[int]:
    """Yields the offsets of a byte string."""
    start = content.find(key)
    while start >= 0:
        yield start
        start = content.find(key, start + 1)


def withdraw(content: bytearray, ev_id: str) -> int:
    """Deletes every row with the id of an event, in all tables; returns their number."""
    keys = [mark + ev_id.encode(code) for code, mark in ENCODINGS]
    return sum(delete_row(content, offset) for key in keys for offset in list(offsets(content, key)))


def delete_row(content: bytearray, offset: int) -> bool:
    """Marks the row at an offset as deleted and decrements the row count; returns False if there is no row."""
    page = offset // PAGE * PAGE
    owner = number(content, page + 4, 4) * PAGE
    # Pages with long values are of the same type but belong to no table definition.
    if number(content, page, 2) != DATA_PAGE or number(content, owner, 2) != DEFINITION_PAGE:
        return False
    end = PAGE
    for entry in range(page + 14, page + 14 + 2 * number(content, page + 12, 2), 2):
        start = number(content, entry, 2)
        if page + (start & jet_file.OFFSET_MASK) <= offset < page + end and not start & DELETED_FLAGS:
            content[entry : entry + 2] = (start | DELETED_FLAGS).to_bytes(2, "little")
            rows = number(content, owner + ROW_COUNT_OFFSET, 4) - 1
            content[owner + ROW_COUNT_OFFSET : owner + ROW_COUNT_OFFSET + 4] = rows.to_bytes(4, "little")
            return True
        end = start & jet_file.OFFSET_MASK
    return False


def number(content: bytearray, offset: int, width: int) -> int:
    """Little-endian unsigned integer of `width` bytes."""
    return int.from_bytes(content[offset : offset + width], "little")
