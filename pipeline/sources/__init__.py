"""Eras: the differences between NTSB's databases, read from `<era>/era.toml`; the folder has the era's SQL.

avall     2008 to now, and the weekly files, which have the same schema
pre2008   1982-2007, the same schema without Findings.cm_inPc
pre1982   1962-1981, another schema: five tables, one row per aircraft
api       2008 to now, cases of the Enterprise API, from which rows of avall's tables are made
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.errors import UnknownSource

FOLDER = Path(__file__).parent
FORMATS = ("access", "api")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
# Of a leap year, so that a file of February 29 has a day.
DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True)
class Era:
    """One era.

    `file` is the name of NTSB's database as NTSB writes it. `weekly` is the name of a weekly file, with `{day}` (01-31)
    and `{month}` (JAN-DEC); it is empty for an era without weekly files. Events should be between `first_year` and
    `last_year` (None: the era has not ended); others are flagged, not rejected. `tables`: {Access table in NTSB's
    spelling: published table}. `absent_columns`: {Access table: columns of the published table, in NTSB's spelling,
    that files of this era do not have}. `allowed_outside` is the number of events outside the years that are known, and
    not reported. `format` is `access` for Access files, or `api` for archives of the Enterprise API, whose source is
    one: all months together. `folder` contains the era's SQL.
    """

    name: str
    file: str
    weekly: str
    first_year: int
    last_year: int | None
    tables: dict[str, str]
    absent_columns: dict[str, tuple[str, ...]]
    allowed_outside: int
    format: str
    folder: Path

    @property
    def is_api(self) -> bool:
        """True for an era of cases of the Enterprise API, false for one of Access files."""
        return self.format == "api"

    def canonical_name(self, name: str) -> str | None:
        """Return the name of the era's database or of a weekly file in its own spelling; None for other names."""
        if name.lower() == self.file.lower():
            return self.file
        pattern = re.escape(self.weekly).replace(r"\{day\}", r"(\d\d)").replace(r"\{month\}", "([A-Za-z]{3})")
        match = re.fullmatch(pattern, name, re.IGNORECASE | re.ASCII) if self.weekly else None
        if match is None or match[2].upper() not in MONTHS:
            return None
        month = match[2].upper()
        if not 1 <= int(match[1]) <= DAYS[MONTHS.index(month)]:
            return None
        return self.weekly.format(day=match[1], month=month)

    def is_weekly(self, source: str) -> bool:
        """Return True for a weekly file, in which the date of an event decides its era."""
        name = base_name(source)
        return name != self.file and self.canonical_name(name) == name

    def earlier(self) -> tuple["Era", ...]:
        """Return the eras with the same tables that end before this one begins, the latest first."""
        return tuple(
            era
            for era in reversed(eras())
            if era.tables == self.tables and era.last_year is not None and era.last_year < self.first_year
        )


def read_era(path: Path) -> Era:
    """Return the era that an era.toml describes. Raises ValueError that names every invalid, missing or unknown key."""
    values = tomllib.loads(path.read_text(encoding="utf-8"))
    known = {"file", "weekly", "first_year", "last_year", "tables", "absent_columns", "allowed_outside", "format"}
    problems = [f"{key} is unknown" for key in sorted(set(values) - known)]
    problems += [f"{key} is missing" for key in ("file", "first_year", "tables") if key not in values]
    problems += _invalid_values({"folder": path.parent.name} | values)
    if problems:
        raise ValueError(f"{path.parent.name}/{path.name}: {'; '.join(problems)}")
    return Era(
        name=path.parent.name,
        file=values["file"],
        weekly=values.get("weekly", ""),
        first_year=values["first_year"],
        last_year=values.get("last_year"),
        tables={name: name.lower() for name in values["tables"]},
        absent_columns={name: tuple(columns) for name, columns in values.get("absent_columns", {}).items()},
        allowed_outside=values.get("allowed_outside", 0),
        format=values.get("format", "access"),
        folder=path.parent,
    )


def _invalid_values(values: Mapping[str, Any]) -> list[str]:
    """Return a problem for each name that SQL identifiers cannot contain, and each number that is not an integer."""
    names = [
        key for key in ("folder", "file") if key in values and not re.fullmatch(r"[A-Za-z]\w*", str(values[key]), re.A)
    ]
    numbers = [key for key in ("first_year", "last_year", "allowed_outside") if not isinstance(values.get(key, 0), int)]
    formats = [] if values.get("format", "access") in FORMATS else [values["format"]]
    return [
        *(f"format: expected {' or '.join(FORMATS)}, found {value!r}" for value in formats),
        *(f"{key}: expected letters, digits and _, found {values[key]!r}" for key in names),
        *(f"{key}: expected an integer, found {values[key]!r}" for key in numbers),
    ]


def era_files() -> list[Path]:
    """Return the paths of all era.toml files, sorted."""
    return sorted(FOLDER.glob("*/era.toml"))


@cache
def eras() -> tuple[Era, ...]:
    """Return all eras, the oldest first, those of the API last: one per folder with an era.toml."""
    return tuple(sorted(map(read_era, era_files()), key=lambda era: (era.is_api, era.first_year)))


@cache
def access_eras() -> tuple[Era, ...]:
    """Return the eras of Access files, the oldest first."""
    return tuple(era for era in eras() if not era.is_api)


def api_era() -> Era:
    """Return the era of the Enterprise API."""
    return next(era for era in eras() if era.is_api)


def canonical_name(name: str) -> str | None:
    """Return the canonical spelling of a source name in any case; None if it is not a source."""
    names = (era.canonical_name(name) for era in eras())
    return next((canonical for canonical in names if canonical), None)


def base_name(source: str) -> str:
    """Return the name of a source without the digits that distinguish it from a newer file of the same name."""
    return re.sub(r"_[0-9a-f]{8}$", "", source, flags=re.ASCII)


def era_of(source: str) -> Era:
    """Return the era whose schema a source's Access file has; for a weekly file, the era of its database.

    Raises UnknownSource.
    """
    for era in eras():
        if era.canonical_name(base_name(source)) == base_name(source):
            return era
    known = ", ".join(name for era in eras() for name in (era.file, era.weekly) if name)
    raise UnknownSource(
        f"source {source!r}: expected one of {known}, found another name; correct the name, or add a folder in "
        "pipeline/sources"
    )


def record_era_function() -> str:
    """Return the SQL that creates mart.is_record_era(era), true for the eras without a table of events.

    Their files have one record per aircraft, from which the rows of the other tables are derived.
    """
    names = ", ".join(f"'{era.name}'" for era in eras() if "events" not in era.tables.values())
    return f"""
create or replace function mart.is_record_era(era text) returns boolean
language sql immutable parallel safe as $$ select era = any(array[{names}]::text[]) $$;
comment on function mart.is_record_era(text) is
'True for an era whose Access file has one record per aircraft instead of tables of events, aircraft and so on.'"""
