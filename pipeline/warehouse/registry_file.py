"""FAA's aircraft registry as FAA publishes it: MASTER.txt (registered aircraft) and DEREG.txt (deregistered ones).

A user provides them in FAA's zip or in a folder. ACFTREF.txt and ENGINE.txt, where they are next to them, give names to
their codes of aircraft and engines. Names and addresses of owners are personal data and are never loaded.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import IO

from pipeline.errors import printable
from pipeline.warehouse.user_files import (
    READ_ERRORS,
    Cell,
    Form,
    Layout,
    Mistakes,
    RepeatedFile,
    any_text,
    open_file,
    read_columns,
)

COLUMNS = (
    "n_number",
    "serial_number",
    "year_manufactured",
    "certificate_date",
    "cancel_date",
    "icao_hex",
    "manufacturer",
    "model",
    "engine_type",
    "engine_manufacturer",
    "engine_model",
)


def _is_date(text: str) -> bool:
    if not int(text):
        return True
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True


TEXT: Form = ("[ -~]{1,60}", "printable ASCII text", any_text)
CODE: Form = ("[0-9A-Z]{1,7}", "a code of letters and digits", any_text)
DATE: Form = ("0|[0-9]{8}", "a date such as 20040131", _is_date)
SHARED: dict[str, Form] = {
    "N NUMBER": ("[0-9A-Z]{1,5}", "a registration without its N", any_text),
    "SERIAL NUMBER": TEXT,
    "MFR MDL CODE": CODE,
    "ENG MFR MDL": CODE,
    "YEAR MFR": ("[0-9]{1,4}", "a year", any_text),
    "CERT ISSUE DATE": DATE,
    "MODE S CODE": ("[0-7]{8}", "a Mode S code of eight octal digits", any_text),
    "MODE S CODE HEX": ("[0-9A-F]{6}", "a Mode S code of six hexadecimal digits", any_text),
}
ENGINE_TYPE: Form = ("[0-9]{1,2}", "a number of FAA's list of engine types", any_text)
LACKING = ("MODE S CODE", "MODE S CODE HEX")
# The last column is the one that the other file lacks.
LAYOUTS = {
    "MASTER.txt": Layout(SHARED | {"TYPE ENGINE": ENGINE_TYPE}, ("N NUMBER",), LACKING),
    "DEREG.txt": Layout(SHARED | {"CANCEL DATE": DATE}, ("N NUMBER",), LACKING),
}
NAMED = {"CODE": CODE, "MFR": TEXT, "MODEL": TEXT}
REFERENCES = {
    "ACFTREF.txt": Layout(NAMED | {"TYPE ENG": ENGINE_TYPE}, ("CODE",)),
    "ENGINE.txt": Layout(NAMED, ("CODE",)),
}
FILES = (*LAYOUTS, *REFERENCES)


def list_files(path: Path) -> list[Path]:
    """Return the files that determine the registry: a zip or text file itself, those of FAA in a folder."""
    if not path.is_dir():
        return [path]
    names = {name.upper() for name in FILES}
    return sorted(child for child in path.iterdir() if child.name.upper() in names and child.is_file())


def read_registry(paths: Sequence[Path]) -> Iterator[tuple[Cell | int, ...]]:
    """Yield (MASTER or DEREG, line number, *cells of COLUMNS). Raises InvalidMapping with all mistakes at the end."""
    mistakes = Mistakes()
    references = {}
    for name, layout in REFERENCES.items():
        references[name] = {cells[0]: cells[1:] for _, cells in _read_file(paths, name, layout, mistakes) or ()}
    has_aircraft = False
    for name, layout in LAYOUTS.items():
        lines = _read_file(paths, name, layout, mistakes)
        has_aircraft |= lines is not None
        for line, cells in lines or ():
            yield name.removesuffix(".txt"), line, *_to_row(name, cells, references)
    if not has_aircraft and not mistakes.count:
        shown = printable(", ".join(path.name for path in paths)) or "none"
        mistakes.add(f"expected MASTER.txt or DEREG.txt, found {shown}; use FAA's zip or the files in it")
    mistakes.require_none("aircraft registry")


def _read_file(
    paths: Sequence[Path], name: str, layout: Layout, mistakes: Mistakes
) -> Iterator[tuple[int, list[Cell]]] | None:
    """Return the lines of a file, None if there is none; why it cannot be read is a mistake."""
    try:
        stream = open_file(paths, name)
    except RepeatedFile as error:
        mistakes.add(f"{name}: expected one file of this name, found {error}; use FAA's zip or the files in it")
        return None
    except READ_ERRORS as error:
        mistakes.add(f"{name}: expected a readable file, found: {printable(str(error), 200)}; download it again")
        return None
    return None if stream is None else _lines(stream, name, layout, mistakes)


def _lines(stream: IO[bytes], name: str, layout: Layout, mistakes: Mistakes) -> Iterator[tuple[int, list[Cell]]]:
    """Yield the lines of an open file and close it; damage in a zip is a mistake."""
    try:
        with closing(stream):
            yield from read_columns(stream, name, layout, mistakes)
    except READ_ERRORS as error:
        mistakes.add(f"{name}: expected a readable file, found: {printable(str(error), 200)}; download it again")


def _to_row(name: str, cells: Sequence[Cell], references: Mapping[str, Mapping[Cell, Sequence[Cell]]]) -> list[Cell]:
    """Return the cells of COLUMNS for a line of MASTER.txt or DEREG.txt."""
    number, serial, aircraft, engine, year, issued, octal, hexadecimal, last = cells
    manufacturer, model, engine_type = references["ACFTREF.txt"].get(aircraft, (None, None, None))
    engine_names = references["ENGINE.txt"].get(engine, (None, None))
    canceled = last if name == "DEREG.txt" else None
    dates = [text if text and int(text) else None for text in (year, issued, canceled)]
    icao_hex = hexadecimal or (f"{int(octal, 8):06X}" if octal else None)
    own_type = last if name == "MASTER.txt" else None
    return [number, serial, *dates, icao_hex, manufacturer, model, own_type or engine_type, *engine_names]
