"""Eras: what differs between NTSB's three databases, read from `<era>/era.toml`; the SQL of an era lies beside it.

avall     2008 to now, and the weekly files, which have the same schema
pre2008   1982-2007, the same schema without Findings.cm_inPc
pre1982   1962-1981, a schema of its own: five tables, one row per aircraft
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
    """One era. Years are those its events should lie in; events outside them exist and are flagged, not refused.

    `sources` and `weekly` are patterns for a source's whole name; `weekly` is empty where an era has no weekly files.
    `tables` maps tables of the Access file, in NTSB's spelling, to tables of the contract. `absent_columns` lists, per
    Access table, columns of the contract (in NTSB's spelling) that this era's files do not have. `last_year` is None
    where the era goes on. `folder` holds the era's SQL. `label` is the name of the database in reports.
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
        """True where a source's Access file has this era's schema."""
        return bool(re.fullmatch(self.sources, source)) or self.is_weekly(source)

    def is_weekly(self, source: str) -> bool:
        """True where the source is a weekly file: its rows are of the era of their own dates."""
        return bool(self.weekly and re.fullmatch(self.weekly, source))


def read_era(path: Path) -> Era:
    """An era from its era.toml. Raises ValueError that names every key that is missing or unknown."""
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    known = {"label", "sources", "weekly", "first_year", "last_year", "tables", "absent_columns"}
    wrong = [f"{key} is unknown" for key in sorted(set(told) - known)]
    wrong += [f"{key} is missing" for key in ("label", "sources", "first_year", "tables") if key not in told]
    if wrong:
        raise ValueError(f"{path.parent.name}/{path.name}: {'; '.join(wrong)}")
    return Era(
        name=path.parent.name,
        label=told["label"],
        sources=told["sources"],
        weekly=told.get("weekly", ""),
        first_year=told["first_year"],
        last_year=told.get("last_year"),
        tables={name: name.lower() for name in told["tables"]},
        absent_columns={name: tuple(columns) for name, columns in told.get("absent_columns", {}).items()},
        folder=path.parent,
    )


@cache
def eras() -> tuple[Era, ...]:
    """All eras, oldest first: one folder with an era.toml each."""
    return tuple(sorted((read_era(path) for path in FOLDER.glob("*/era.toml")), key=lambda era: era.first_year))


def era_of(source: str) -> Era:
    """The era whose schema a source's Access file has; a weekly file has that of avall. Raises UnknownSource."""
    for era in eras():
        if era.holds(source):
            return era
    known = ", ".join(pattern for era in eras() for pattern in (era.sources, era.weekly) if pattern)
    raise UnknownSource(f"source {source!r}: expected one of {known}; to read another, add its era to pipeline/eras")


def wanted_tables(era: Era) -> tuple[str, ...]:
    """Tables an Access file of the era must have, in NTSB's spelling."""
    return tuple(era.tables)
