"""The zips that are measured: which are there from the start, which comes as news, and a made-up next avall."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.ingest import access_file, jet4, snapshot

# One event in a hundred is revised by the made-up next avall.
REVISED_ONE_IN = 100
# Of an Access file. A row lies on one page; the event's city stands behind its id.
PAGE = 4096
ENCODINGS = (("latin-1", b"\xff\xfe"), ("utf-16-le", b""))
DEFINITION_PAGE = 0x102
ROWS = 16  # where it counts the rows


def zips(folder: Path) -> dict[str, Path]:
    """{source: zip} of a folder, in the order in which they count. Raises SystemExit where no database is there."""
    archives = [path for path in sorted(folder.glob("*")) if path.suffix.lower() == ".zip"]
    found = {name: path for path in archives if (name := snapshot.canonical_name(path.name))}
    if not set(found) & set(snapshot.DATABASES):
        expected = ", ".join(f"{name}.zip" for name in snapshot.DATABASES)
        raise SystemExit(f"{folder}: expected {expected}, found none of them; name another folder with --sources")
    return {name: found[name] for name in snapshot.order_sources(found)}


def weekly(sources: Sequence[str]) -> str | None:
    """The newest weekly file: kept apart, to come as news. None where there is none."""
    news = [name for name in sources if name not in snapshot.DATABASES]
    return news[-1] if news else None


def place(folder: Path, source: str, file: Path) -> None:
    """Puts a zip, as a link, into the folder that runs take their sources from; it replaces one of that name."""
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"{source}.new"
    draft.symlink_to(file.resolve())
    draft.replace(folder / f"{source}.zip")


def unpack(archives: dict[str, Path], folder: Path) -> dict[str, Path]:
    """{source: its Access file}."""
    found = {}
    for source, archive in archives.items():
        with zipfile.ZipFile(archive) as zipped:
            (name,) = [each for each in zipped.namelist() if Path(each).suffix.lower() in (".mdb", ".accdb")]
            found[source] = Path(zipped.extract(name, folder / source))
    return found


def next_avall(access: Path, archive: Path) -> int:
    """Writes a zip with the next edition of an Access file: its first event is gone, so that every other row stands in
    another place, and every hundredth event has another city. Returns how many have.

    Both are done inside the file, as Access would, so that every other byte is as it was.
    """
    content = bytearray(access.read_bytes())
    known = list(cities(access))
    changed = sum(revise(content, ev_id, city) for ev_id, city in known[REVISED_ONE_IN::REVISED_ONE_IN])
    withdraw(content, known[0][0])
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as zipped:
        zipped.writestr(access.name, bytes(content))
    return changed


def cities(access: Path) -> Iterator[tuple[str, str]]:
    """(ev_id, city) of the events whose city is plain text."""
    names = [name.lower() for name in access_file.list_columns(access, "events")]
    with access_file.export_csv(access, "events") as stream:
        text = stream.read().decode()
    for row in csv.reader(io.StringIO(text, newline="")):
        ev_id, city = row[names.index("ev_id")], row[names.index("ev_city")]
        if re.fullmatch(r"[ -~]{4,}", city):
            yield ev_id, city


def revise(content: bytearray, ev_id: str, city: str) -> bool:
    """Changes the last letter of an event's city; False where the two are not found together."""
    other = city[:-1] + ("x" if city[-1] != "x" else "y")
    # Text of an Access file is one byte a character after a mark, or two bytes.
    for code, mark in ENCODINGS:
        key, old, new = (mark + word.encode(code) for word in (ev_id, city, other))
        for start in places(content, key):
            found = content.find(old, start, (start // PAGE + 1) * PAGE)
            if found >= 0:
                content[found : found + len(old)] = new
                return True
    return False


def places(content: bytearray, key: bytes) -> Iterator[int]:
    """Where the key stands."""
    start = content.find(key)
    while start >= 0:
        yield start
        start = content.find(key, start + 1)


def withdraw(content: bytearray, ev_id: str) -> int:
    """Strikes out every row that bears the event's id, in all tables; returns how many there were."""
    keys = [mark + ev_id.encode(code) for code, mark in ENCODINGS]
    return sum(strike(content, start) for key in keys for start in list(places(content, key)))


def strike(content: bytearray, place: int) -> bool:
    """Marks the row that holds a place as deleted, and takes it from its table's count; False where no row does."""
    page = place // PAGE * PAGE
    owner = number(content, page + 4, 4) * PAGE
    # Long values have pages of the same kind, owned by nobody's definition.
    if number(content, page, 2) != jet4.DATA_PAGE or number(content, owner, 2) != DEFINITION_PAGE:
        return False
    end = PAGE
    for entry in range(page + 14, page + 14 + 2 * number(content, page + 12, 2), 2):
        start = number(content, entry, 2)
        if page + (start & jet4.OFFSET_MASK) <= place < page + end and not start & jet4.DELETED_FLAG:
            content[entry : entry + 2] = (start | jet4.DELETED_FLAG).to_bytes(2, "little")
            rows = number(content, owner + ROWS, 4) - 1
            content[owner + ROWS : owner + ROWS + 4] = rows.to_bytes(4, "little")
            return True
        end = start & jet4.OFFSET_MASK
    return False


def number(content: bytearray, at: int, width: int) -> int:
    """A number of that many bytes."""
    return int.from_bytes(content[at : at + width], "little")
