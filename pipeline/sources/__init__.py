"""Eras: the differences between NTSB's three databases, read from `<era>/era.toml`; the folder has the era's SQL.

avall     2008 to now, and the weekly files, which have the same schema
pre2008   1982-2007, the same schema without Findings.cm_inPc
pre1982   1962-1981, another schema: five tables, one row per aircraft
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipeline.errors import UnknownSource

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Era:
    """One era.

    `sources` and `weekly` are regular expressions for the full name of a source; `weekly` is empty for an era without
    weekly files. Events should be between `first_year` and `last_year` (None: the era has not ended); others are
    flagged, not rejected. `tables`: {Access table in NTSB's spelling: published table}. `absent_columns`: {Access
    table: columns of the published table, in NTSB's spelling, that files of this era do not have}. `folder` contains
    the era's SQL. `label` is the name of the database in reports.
    """

    name: str
    label: str
    sources: str
    weekly: str
    first_year: int
    last_year: int | None
    tables: dict[str, str]
    absent_columns: dict[str, tuple[str, ...]]
    folder: Path

    def holds(self, source: str) -> bool:
        """True where the Access file of a source has this era's schema."""
        return bool(re.fullmatch(self.sources, source)) or self.is_weekly(source)

    def is_weekly(self, source: str) -> bool:
        """True for a weekly file, in which the date of an event decides its era."""
        return bool(self.weekly and re.fullmatch(self.weekly, source))


def read_era(path: Path) -> Era:
    """An era from its era.toml. Raises ValueError that names every missing or unknown key."""
    values = tomllib.loads(path.read_text(encoding="utf-8"))
    known = {"label", "sources", "weekly", "first_year", "last_year", "tables", "absent_columns"}
    problems = [f"{key} is unknown" for key in sorted(set(values) - known)]
    problems += [f"{key} is missing" for key in ("label", "sources", "first_year", "tables") if key not in values]
    if problems:
        raise ValueError(f"{path.parent.name}/{path.name}: {'; '.join(problems)}")
    return Era(
        name=path.parent.name,
        label=values["label"],
        sources=values["sources"],
        weekly=values.get("weekly", ""),
        first_year=values["first_year"],
        last_year=values.get("last_year"),
        tables={name: name.lower() for name in values["tables"]},
        absent_columns={name: tuple(columns) for name, columns in values.get("absent_columns", {}).items()},
        folder=path.parent,
    )


@cache
def eras() -> tuple[Era, ...]:
    """All eras, the oldest first: one per folder with an era.toml."""
    return tuple(sorted((read_era(path) for path in FOLDER.glob("*/era.toml")), key=lambda era: era.first_year))


def era_of(source: str) -> Era:
    """The era whose schema the Access file of a source has; for a weekly file avall. Raises UnknownSource."""
    for era in eras():
        if era.holds(source):
            return era
    known = ", ".join(pattern for era in eras() for pattern in (era.sources, era.weekly) if pattern)
    raise UnknownSource(f"source {source!r}: expected one of {known}; to read another, add its era to pipeline/sources")


def wanted_tables(era: Era) -> tuple[str, ...]:
    """Tables that an Access file of the era must have, in NTSB's spelling."""
    return tuple(era.tables)
