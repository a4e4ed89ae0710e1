"""The zips that are measured: which are there from the start, which comes as news, and a made-up next avall."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.access import mdb
from pipeline.acquire import snapshot

# One event in a hundred is revised by the made-up next avall.
REVISED_ONE_IN = 100
# Of an Access file. A row lies on one page; the event's city stands behind its id.
PAGE = 4096


def zips(folder: Path) -> dict[str, Path]:
    """{source: zip} of a folder, in the order in which they count. Raises SystemExit where no database is there."""
    archives = [path for path in sorted(folder.glob("*")) if path.suffix.lower() == ".zip"]
    found = {name: path for path in archives if (name := snapshot.canonical(path.name))}
    if not set(found) & set(snapshot.BASES):
        expected = ", ".join(f"{name}.zip" for name in snapshot.BASES)
        raise SystemExit(f"{folder}: expected {expected}, found none of them; name another folder with --sources")
    return {name: found[name] for name in snapshot.ordered(found)}


def weekly(sources: Sequence[str]) -> str | None:
    """The newest weekly file: kept apart, to come as news. None where there is none."""
    news = [name for name in sources if name not in snapshot.BASES]
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
    """Writes a zip with a copy of an Access file in which every hundredth event has another city; returns how many.

    The last letter of the city is changed where it stands in the file, so that every other byte is as it was.
    """
    content = bytearray(access.read_bytes())
    changed = sum(revise(content, ev_id, city) for ev_id, city in list(cities(access))[::REVISED_ONE_IN])
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as zipped:
        zipped.writestr(access.name, bytes(content))
    return changed


def cities(access: Path) -> Iterator[tuple[str, str]]:
    """(ev_id, city) of the events whose city is plain text."""
    names = [name.lower() for name in mdb.columns(access, "events")]
    with mdb.export(access, "events") as stream:
        text = stream.read().decode()
    for row in csv.reader(io.StringIO(text, newline="")):
        ev_id, city = row[names.index("ev_id")], row[names.index("ev_city")]
        if re.fullmatch(r"[ -~]{4,}", city):
            yield ev_id, city


def revise(content: bytearray, ev_id: str, city: str) -> bool:
    """Changes the last letter of an event's city; False where the two are not found together."""
    other = city[:-1] + ("x" if city[-1] != "x" else "y")
    # Text of an Access file is one byte a character after a mark, or two bytes.
    for code, mark in (("latin-1", b"\xff\xfe"), ("utf-16-le", b"")):
        key, old, new = (mark + word.encode(code) for word in (ev_id, city, other))
        start = content.find(key)
        while start >= 0:
            found = content.find(old, start, (start // PAGE + 1) * PAGE)
            if found >= 0:
                content[found : found + len(old)] = new
                return True
            start = content.find(key, start + 1)
    return False
