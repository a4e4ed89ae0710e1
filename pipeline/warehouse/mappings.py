"""Mapping tables: reviewed CSV files of the repository, loaded as tables that views and checks read.

Decisions of reviewers (the modern value of a code, other spellings of a make) are data, not SQL: one line per decision,
with its reason. Every column is text, and an empty cell is NULL. `list` is the name of the file and `line` the line
number; where two lines match, the first one applies.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryFile

from psycopg2.sql import SQL, Identifier, Literal

from pipeline.config import REPOSITORY
from pipeline.errors import InvalidMapping, escape, printable
from pipeline.postgres.connection import Cursor
from pipeline.sources import FOLDER
from pipeline.warehouse import exposure_file, registry_file, weather_file
from pipeline.warehouse.column_comments import comment_columns
from pipeline.warehouse.signatures import sign_table
from pipeline.warehouse.user_files import Mistakes
from targets.relations import Relation

Row = tuple[str | int | None, ...]
Rows = list[Row]
# Returns messages about (columns, rows).
Check = Callable[[Sequence[str], Rows], list[str]]

# {table: (what one row is, (folder, pattern of its CSV files, which all have the same columns))}
MAPPING_TABLES = {
    "mapping": ("field, era and code, with its value in the language of all eras", (FOLDER / "mappings", "*.csv")),
    "supplement": ("code of 1962-1981 that a file may leave unexplained", (FOLDER / "supplements", "pre1982.csv")),
    "code_supplement": ("code since 1982 that NTSB's lists do not explain", (FOLDER / "supplements", "modern.csv")),
    "make_alias": ("way to write a make", (FOLDER / "names", "makes.csv")),
    "model_alias": ("make and way to write one of its models", (FOLDER / "names", "models.csv")),
    "state_boundary": ("polygon of a state or territory", (FOLDER / "boundaries", "states.csv")),
    "published_series": (
        "figure that was published elsewhere",
        (REPOSITORY / "reports/reconciliation", "published.csv"),
    ),
    "flight_activity": (
        "year, operation and class of aircraft, with its published flight hours",
        (FOLDER / "reference", "exposure.csv"),
    ),
    "rate_population": (
        "definition of the accidents that match flight hours",
        (FOLDER / "reference", "rate_populations.csv"),
    ),
    "exposure_class": ("class of aircraft, by make and model", (FOLDER / "reference", "exposure_classes.csv")),
    "aircraft_family_rule": (
        "rule that assigns family, variant and class to a make and model",
        (FOLDER / "reference", "aircraft_families.csv"),
    ),
    "aircraft_class": ("class of aircraft, by category and engines", (FOLDER / "reference", "aircraft_classes.csv")),
    "airports": ("airport or landing strip of the world", (FOLDER / "reference", "airports.csv")),
    "unlisted_airports": (
        "code of an airport of the United States that is not in airports, such as a closed one",
        (FOLDER / "reference", "unlisted_airports.csv"),
    ),
}

# {table: (what one row is, columns, function that reads the files of the user)}; empty without these.
USER_TABLES: dict[str, tuple[str, tuple[str, ...], Callable[[Sequence[Path]], Iterator[Row]]]] = {
    "aircraft_registry": (
        "registration of an aircraft in FAA's files, without its owner",
        registry_file.COLUMNS,
        registry_file.read_registry,
    ),
    "weather_reports": ("report of a weather station", weather_file.COLUMNS, weather_file.read_reports),
}

# Tables that are empty without their file, so that a checkout without it has everything that does not use them.
OPTIONAL_TABLES = tuple(name for name, (_, files) in MAPPING_TABLES.items() if files[0] == FOLDER / "reference")

# {table: indexes that its views need}: for the nearest airports by geography, for those in a rectangle by geometry.
INDEXES = {
    "airports": (
        SQL("gist ((st_setsrid(st_makepoint(longitude::float8, latitude::float8), 4326)::geography))"),
        SQL("gist (st_setsrid(st_makepoint(longitude::float8, latitude::float8), 4326))"),
    ),
    "weather_reports": (SQL("btree (station, valid)"),),
}

# {column: comment}, for every mapping table that has the column, unless COLUMN_COMMENTS says otherwise.
SHARED_COMMENTS = {
    "list": "Name of the CSV file of the line, without its suffix.",
    "line": "Number of the line in its CSV file; of several that match, the first one applies.",
    "field": "Harmonized field, such as damage or phase.",
    "era": "Code list that the code belongs to: avall, pre2008 or pre1982.",
    "code": "Code as in NTSB's files, in upper case.",
    "meaning": "Meaning of the code, decided by a reviewer.",
    "make": "Standard name of the make (manufacturer).",
    "confidence": "How certain the reviewer is: exact or close; none where there is no counterpart.",
    "note": "Reason for the decision, or meaning of the code in NTSB's list.",
}
COLUMN_COMMENTS = {
    "mapping": {
        "code": "Code as in NTSB's files; null where the line maps codes of 1962-1981 by their meaning.",
        "meaning": "Regular expression that the meaning of a code of 1962-1981 in its file must match, in upper case.",
        "modern": "Value in the harmonized codes, those of NTSB's current files; null where there is no counterpart.",
    },
    "supplement": {"field": "Code list of 1962-1981, as in ct_pre1982.name."},
    "code_supplement": {
        "table_name": "Published table with the code, in lower case.",
        "column_name": "Column of that table with the code, in lower case.",
    },
    "make_alias": {
        "written": "Make as written by NTSB, in upper case, with one space for each run of other characters.",
        "confidence": "Kind of spelling: exact for the standard name, alias for another one, none if it names no make.",
    },
    "model_alias": {
        "written": "Model as written by NTSB, in upper case, letters and digits only.",
        "model": "Standard name of the model.",
    },
    "state_boundary": {
        "state": "Postal code of the state or territory, such as NJ or PR.",
        "boundary": "Polygon as well-known text, longitude and latitude in degrees (WGS 84), without the sea and the "
        "Great Lakes; from the cartographic boundaries of the US Census Bureau of 2019.",
    },
    "published_series": {
        "series": "Series of published counts, such as era, year, state or make.",
        "item": "What is counted within the series, such as a year or a state code.",
        "measure": "What the count counts, such as events or deaths.",
        "figure": "Published count, as text.",
        "source": "Publication that the count comes from.",
        "as_of": "Date of the publication, of its archived copy or of the counted files, as exact as it is known.",
        "definition": "Accidents that the count counts, as in rate_population; null for counts of NTSB's files.",
        "note": "Remark on the count, such as preliminary; null without one.",
    },
    "flight_activity": {
        "year": "Calendar year.",
        "operation": "Kind of operation, such as general_aviation or part_121_scheduled.",
        "aircraft_class": "Class of aircraft, such as ROBINSON R44; all for all aircraft of the operation.",
        "flight_hours": "Flight hours of the year, in hours; null where the source has none.",
        "departures": "Departures of the year; null where the source has none.",
        "miles": "Miles flown in the year (statute miles); null where the source has none.",
        "standard_error": "Standard error of flight_hours, in percent of them; null where the source has none.",
        "source": "Publication that the figures come from.",
        "retrieved": "Date on which the publication was read.",
        "definition": "Accidents that match these hours, as in rate_population.",
        "note": "Rounding, corrections and other remarks on the figures.",
    },
    "rate_population": {
        "definition": "Name of the definition, as in flight_activity.",
        "by_class": "Accidents are counted by class of aircraft (exposure_class): yes or no.",
        "first_year": "First year in which NTSB's files code what the definition needs.",
        "accidents": "Accidents that the definition counts; null where it counts none.",
        "no_rate_reason": "Reason why no accidents match the hours of this definition; null where they do.",
        "source": "Publication that the definition comes from.",
        "note": "Remark on the definition.",
    },
    "exposure_class": {
        "aircraft_class": "Class of aircraft, as in flight_activity.",
        "make_pattern": "Regular expression for the make, in upper case, letters and digits only.",
        "model_pattern": "Regular expression for the model, in upper case, letters and digits only.",
        "note": "Remark on the class.",
    },
    "aircraft_family_rule": {
        "line": "Number of the line in its CSV file; lines of different families that match one name are a tie.",
        "make_pattern": "Regular expression for the whole make: its standard name, otherwise in upper case.",
        "model_pattern": "Regular expression for the whole model, in upper case, letters and digits only.",
        "homebuilt": "Value of aircraft.homebuilt that the rule needs (Y or N); null for any.",
        "category": "Harmonized category of the aircraft that the rule needs; null for any.",
        "family": "Family of aircraft: models that share a design, such as Cessna 172 Skyhawk.",
        "variant": "Part of the family that differs from the rest; null for the whole family.",
        "class": "Class of aircraft, as in aircraft_class; null where models of one name have different engines.",
        "source": "Type designator of the aircraft in ICAO Doc 8643, or that it has none.",
        "note": "Remark on the rule.",
    },
    "aircraft_class": {
        "line": "Number of the line in its CSV file.",
        "class": "Class of aircraft, such as single_engine_piston or business_jet.",
        "category_pattern": "Regular expression for the harmonized category; null where it does not decide.",
        "engine_pattern": "Regular expression for the harmonized engine type; null for any.",
        "engines_pattern": "Regular expression for the number of engines; null for any.",
        "homebuilt": "Value of aircraft.homebuilt that the class needs (Y or N); null for any.",
        "note": "Definition of the class.",
    },
    "airports": {
        "icao": "ICAO code; the local identifier where there is none.",
        "iata": "IATA code; null where there is none.",
        "local_id": "Identifier of the national authority, such as FAA's; null where there is none.",
        "name": "Name of the airport.",
        "city": "City or town that the airport serves.",
        "state": "Postal code of the state or territory of the United States; null elsewhere.",
        "country": "ISO 3166 code of the country, two letters; US for territories of the United States too.",
        "latitude": "Latitude of the reference point, in decimal degrees, north positive.",
        "longitude": "Longitude of the reference point, in decimal degrees, east positive.",
        "time_zone": "Time zone in the tz database, such as America/Chicago.",
        "source": "Package and version that the line comes from.",
    },
    "unlisted_airports": {
        "code": "Code that the airport has or had; null for a closed airport of which no code is known.",
        "airport": "Airport: column icao of airports for an earlier code, otherwise its identifier in OurAirports.",
        "status": "Kind of line: closed; open (mostly heliports); or earlier code of an airport in airports.",
        "name": "Name of the airport.",
        "city": "City or town that the airport serves.",
        "state": "Postal code of the state or territory of the United States.",
        "latitude": "Latitude of the airport, in decimal degrees, north positive.",
        "longitude": "Longitude of the airport, in decimal degrees, east positive.",
        "source": "Edition of OurAirports (public domain) that the line comes from.",
    },
    "aircraft_registry": {
        "list": "File of FAA: MASTER (registered aircraft) or DEREG (deregistered aircraft).",
        "line": "Number of the line in FAA's file.",
        "n_number": "Registration without its N, such as 123AB.",
        "serial_number": "Serial number that the manufacturer gave the aircraft.",
        "year_manufactured": "Year of manufacture; null where it is not known.",
        "certificate_date": "Date of the last certificate of registration, as YYYYMMDD; a sale or renewal issues one.",
        "cancel_date": "Date on which the registration was canceled, as YYYYMMDD; null in MASTER.",
        "icao_hex": "Mode S code (24-bit ICAO address) in hexadecimal digits.",
        "manufacturer": "Manufacturer of the aircraft by ACFTREF.txt; null without that file.",
        "model": "Model and series of the aircraft by ACFTREF.txt; null without that file.",
        "engine_type": "Code of FAA for the type of engine: of MASTER.txt, otherwise of ACFTREF.txt.",
        "engine_manufacturer": "Manufacturer of the engine by ENGINE.txt; null without that file.",
        "engine_model": "Model of the engine by ENGINE.txt; null without that file.",
    },
    "weather_reports": {
        "list": "Name of the file of the user, without its suffix.",
        "line": "Number of the line in that file.",
        "station": "Identifier of the station: ICAO code, in the contiguous United States without its K.",
        "valid": "Time of the report in UTC, as YYYY-MM-DD HH:MM.",
        "lon": "Longitude of the station, in decimal degrees, east positive.",
        "lat": "Latitude of the station, in decimal degrees, north positive.",
        "tmpf": "Air temperature, in degrees Fahrenheit; null where it is missing (M).",
        "dwpf": "Dew point, in degrees Fahrenheit; null where it is missing (M).",
        "drct": "Direction from which the wind blows, in degrees, 0 for calm air; null where missing or variable.",
        "sknt": "Wind speed, in knots; null where it is missing (M).",
        "gust": "Speed of gusts, in knots; null where there are none.",
        "vsby": "Visibility, in statute miles; null where it is missing (M).",
        **{f"skyc{layer}": f"Cover of cloud layer {layer}, such as BKN; null without one." for layer in range(1, 5)},
        **{f"skyl{layer}": f"Height of cloud layer {layer}, in feet above ground." for layer in range(1, 5)},
        "metar": "Text of the report.",
    },
}


def table_names() -> tuple[str, ...]:
    """Return the names of all mapping tables, sorted."""
    return tuple(sorted([*MAPPING_TABLES, *USER_TABLES]))


def csv_files(name: str) -> list[Path]:
    """Return the CSV files of a mapping table in the repository, in order of name."""
    if name in USER_TABLES:
        return []
    folder, pattern = MAPPING_TABLES[name][1]
    return sorted(folder.glob(pattern))


def read_csv_files(
    paths: Sequence[Path], check: Check | None = None, subject: str = "mapping table"
) -> tuple[tuple[str, ...], Rows]:
    """Return (columns, rows) of CSV files that have the same header; a row is (file stem, line number, *cells).

    Empty cells are None. Raises InvalidMapping with every malformed file and line, and the messages of `check`.
    """
    mistakes = Mistakes()
    columns: tuple[str, ...] = ()
    rows: Rows = []
    for path in paths:
        name = printable(path.name)
        try:
            header, *body = read_lines(path)
        except (OSError, csv.Error, ValueError) as error:
            shown = printable(str(error), 200)
            mistakes.add(f"{name}: expected CSV in UTF-8 with a heading, found another file ({shown}); save it as CSV")
            continue
        columns = columns or tuple(header)
        if problem := _wrong_heading(header, columns):
            mistakes.add(f"{name}: {problem}; correct the heading")
        for number, cells in enumerate(body, start=2):
            if len(cells) == len(header):
                rows.append((escape(path.stem), number, *(cell.strip() or None for cell in cells)))
            else:
                mistakes.add(f"{name}:{number}: expected {len(header)} cells, found {len(cells)}; correct the line")
    for message in check(columns, rows) if check and columns else ():
        mistakes.add(message)
    mistakes.require_none(subject)
    if not columns:
        raise InvalidMapping(f"expected CSV files with a heading, found {len(paths)}")
    return columns, rows


def _wrong_heading(header: Sequence[str], columns: Sequence[str]) -> str | None:
    names = printable(", ".join(header))
    if not all(re.fullmatch("[a-z_]+", name) for name in header):
        return f"expected names of columns in lower case, between commas, found {names}"
    return None if tuple(header) == columns else f"expected the columns {printable(', '.join(columns))}, found {names}"


def read_lines(path: Path) -> list[list[str]]:
    """Return the cells of all lines of a CSV file. Raises ValueError, OSError or csv.Error if it cannot be read."""
    # Spreadsheet programs write a byte order mark.
    with path.open(newline="", encoding="utf-8-sig") as stream:
        lines = list(csv.reader(stream, strict=True))
    if not lines:
        raise ValueError("it is empty")
    return lines


def read_table(name: str, paths: Sequence[Path]) -> tuple[tuple[str, ...], Iterable[Row]]:
    """Return (columns, rows) of a mapping table from `paths`, or else from the files of the repository.

    Raises InvalidMapping for malformed files, for those of USER_TABLES when the last row has been read.
    """
    if name in USER_TABLES:
        _, columns, read = USER_TABLES[name]
        return columns, read(paths) if paths else []
    files = paths or csv_files(name)
    if not files and name in OPTIONAL_TABLES:
        return tuple(column for column in COLUMN_COMMENTS[name] if column != "line"), []
    if name == "flight_activity":
        return read_csv_files(files, exposure_file.find_mistakes, "flight hours")
    return read_csv_files(files)


def fill_table(cursor: Cursor, name: str, paths: Sequence[Path] = ()) -> None:
    """Create and fill a mapping table in the first schema of the search_path.

    The rows are those of `paths`, or else of the repository's files. Raises InvalidMapping for malformed files.
    """
    names, rows = read_table(name, paths)
    table = Identifier(name)
    columns = SQL(", ").join(SQL("{} text").format(Identifier(column)) for column in names)
    create = SQL("create table {} (list text not null, line integer not null, {}, primary key (list, line))")
    # On disk, because files of users have millions of lines.
    with TemporaryFile("w+", encoding="utf-8", newline="") as text:
        csv.writer(text).writerows(rows)
        text.seek(0)
        cursor.execute(create.format(table, columns))
        cursor.copy_expert(SQL("copy {} from stdin (format csv)").format(table), text)
    for method in INDEXES.get(name, ()):
        cursor.execute(SQL("create index on {} using {}").format(table, method))
    comment_table(cursor, name, names)
    cursor.execute(SQL("analyze {}").format(table))


def comment_table(cursor: Cursor, name: str, columns: Sequence[str]) -> None:
    """Comment a mapping table and its columns."""
    if name in USER_TABLES:
        text = f"One row per {USER_TABLES[name][0]}; from files of the user, empty without them."
    else:
        text = f"One row per {MAPPING_TABLES[name][0]}; reviewed, see its CSV file."
    cursor.execute(SQL("comment on table {} is {}").format(Identifier(name), Literal(text)))
    comments = SHARED_COMMENTS | COLUMN_COMMENTS.get(name, {})
    comment_columns(cursor, name, {column: comments[column] for column in ("list", "line", *columns)})


def load_table(cursor: Cursor, relation: Relation, paths: Sequence[Path]) -> None:
    """Create, fill and sign candidate.<name>. Raises InvalidMapping for malformed files."""
    cursor.execute(SQL("drop table if exists {} cascade").format(Identifier("candidate", relation.name)))
    cursor.execute("set local search_path = candidate, public")
    fill_table(cursor, relation.name, paths)
    sign_table(cursor, relation)
