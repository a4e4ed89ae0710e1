"""Reports of weather stations (METAR) in the CSV format of the Iowa Environmental Mesonet, from files of the user."""

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

from pipeline.errors import escape, printable
from pipeline.warehouse.user_files import READ_ERRORS, Cell, Form, Layout, Mistakes, any_text, read_columns

LAYERS = (1, 2, 3, 4)
COLUMNS = (
    *("station", "valid", "lon", "lat", "tmpf", "dwpf", "drct", "sknt", "gust", "vsby"),
    *(f"skyc{layer}" for layer in LAYERS),
    *(f"skyl{layer}" for layer in LAYERS),
    "metar",
)
OPTIONAL = (*(f"sky{kind}{layer}" for kind in "cl" for layer in LAYERS[1:]), "gust", "metar")
# Hour and minute in UTC, after the day of the month.
TIME_IN_REPORT = re.compile(r"\b[0-3][0-9]([0-2][0-9])([0-5][0-9])Z\b")


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


# Bounds are wide: a wrong measurement of a station is not a mistake in the file.
def number(low: float, high: float, unit: str) -> Form:
    """Return the form of a number from `low` to `high`."""
    expected = f"a number from {low:g} to {high:g} ({unit})"
    return r"-?[0-9]{1,6}(\.[0-9]{1,8})?", expected, lambda text: low <= float(text) <= high


CLOUDS: Form = ("[A-Z0-9/]{1,6}", "a code of clouds such as BKN", any_text)
HEIGHT = number(0, 999_999, "feet")
FORMS: dict[str, Form] = {
    "station": ("[0-9A-Z_]{1,8}", "an identifier of a station", any_text),
    "valid": ("[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}", "a time in UTC such as 2010-01-31 18:53", _is_time),
    "lon": number(-180, 180, "degrees"),
    "lat": number(-90, 90, "degrees"),
    "tmpf": number(-999, 999, "degrees Fahrenheit"),
    "dwpf": number(-999, 999, "degrees Fahrenheit"),
    "drct": number(0, 360, "degrees"),
    "sknt": number(0, 999, "knots"),
    "gust": number(0, 999, "knots"),
    "vsby": number(0, 999, "miles"),
    **{f"skyc{layer}": CLOUDS for layer in LAYERS},
    **{f"skyl{layer}": HEIGHT for layer in LAYERS},
    "metar": ("[ -~]{1,2000}", "printable ASCII text", any_text),
}
LAYOUT = Layout(
    {name.upper(): FORMS[name] for name in COLUMNS},
    required=("STATION", "VALID", "LON", "LAT"),
    optional=tuple(name.upper() for name in OPTIONAL),
    # M unless the user chose another text in the form of the archive.
    missing=("M", "", "null", "NULL"),
)


def list_files(path: Path) -> list[Path]:
    """Return the file, or the CSV files of a folder in order of name."""
    return sorted(child for child in path.glob("*.csv") if child.is_file()) if path.is_dir() else [path]


def read_reports(paths: Sequence[Path]) -> Iterator[tuple[Cell | int, ...]]:
    """Yield (file stem, line number, *cells of COLUMNS). Raises InvalidMapping with all mistakes at the end."""
    mistakes = Mistakes()
    for path in paths:
        name, stem = printable(path.name), escape(path.stem)
        checked = disagreeing = 0
        try:
            with closing(path.open("rb")) as stream:
                for line, cells in read_columns(stream, name, LAYOUT, mistakes):
                    if (is_utc := has_time_of_report(str(cells[1]), cells[-1])) is not None:
                        checked, disagreeing = checked + 1, disagreeing + (not is_utc)
                    yield stem, line, *cells
        except READ_ERRORS as error:
            message = printable(str(error), 200)
            mistakes.add(f"{name}: expected a readable file, found: {message}; correct the path")
        if disagreeing > checked / 2:
            mistakes.add(
                f"{name}, VALID: expected times in UTC, as in the text of the reports, found others in "
                f"{disagreeing} of {checked}; download the file with the time zone UTC"
            )
    mistakes.require_none("reports of the weather")


def has_time_of_report(valid: str, report: Cell) -> bool | None:
    """Return True if `valid` is within half an hour of the time in the text of the report, None if that has none."""
    stated = TIME_IN_REPORT.search(report or "")
    if not stated:
        return None
    hour, minute = int(stated[1]), int(stated[2])
    # Days are not compared: an archive in local time differs in its hours.
    difference = (hour * 60 + minute - int(valid[11:13]) * 60 - int(valid[14:16])) % 1440
    return difference <= 30 or difference >= 1410
