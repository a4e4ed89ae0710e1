"""Which era and kind each archived file is, by its contents, and in which order the files of a snapshot are.

The rule is documented in docs/explanation/editions.md. The name of the Access file in a zip is used as the name of a
source, and decides only where the contents do not; the name of the zip is never used.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import PurePath
from typing import Any

from pipeline import sources
from pipeline.errors import printable
from pipeline.ingest import change_dates
from pipeline.ingest.contents import Contents
from pipeline.ingest.snapshot import MADE_UP, SourceFile, months_sha256
from pipeline.sources import Era

# With fewer events, dates say little about the kind of a file.
MIN_EVENTS = 20
# A weekly file has mostly changes of a few days, of events of the last years. NTSB loaded all of 1982-2007 within three
# months, long after the events.
WEEKLY_CHANGES_DAYS = 45
WEEKLY_EVENTS_DAYS = 8 * 366
# A file that is named like a weekly file is a database if it has events of at least this share of the era's years.
MIN_YEARS_SHARE = 0.5
# A file of an era has at least this share of its tables; if others are missing, loading the file names them.
MIN_TABLES_SHARE = 0.5


@dataclass(frozen=True)
class ArchivedFile:
    """A file of a source location in the archive; `name` is its name there. `remarks` are copied to the snapshot."""

    name: str
    sha256: str
    bytes: int
    contents: Contents
    remarks: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Ignored:
    """A file of a source location that is not used, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Kind:
    """The era whose schema a file has, and whether it is a weekly file or the era's database."""

    era: Era
    is_weekly: bool


@dataclass(frozen=True)
class Edition:
    """A file with its kind. `rank` orders editions, the newest last."""

    file: ArchivedFile
    kind: Kind

    @property
    def rank(self) -> tuple[str, bool, str, str]:
        """Return (newest change, is weekly, date in the zip, sha256); the first part that differs decides."""
        contents = self.file.contents
        return contents.newest_change, self.kind.is_weekly, contents.packed, self.file.sha256

    @property
    def base_name(self) -> str:
        """Return the name of the source where no other file of the snapshot has the same name."""
        if not self.kind.is_weekly:
            return self.kind.era.file
        name = member_name(self.file.contents)
        if name and sources.era_of(name) == self.kind.era and self.kind.era.is_weekly(name):
            return name
        newest = self.file.contents.newest_change
        day = date.fromisoformat(newest[:10]) if newest else date.min
        return self.kind.era.weekly.format(day=f"{day.day:02d}", month=sources.MONTHS[day.month - 1])


def format_ignored(ignored: Iterable[Ignored]) -> list[str]:
    """Return one line per file that is not used."""
    return [f"ignored  {item.name}: {item.reason}" for item in ignored]


def identify(contents: Contents) -> Kind | None:
    """Return the kind of a file, None if it has too few tables of every era."""
    if contents.month:
        return Kind(sources.api_era(), is_weekly=False)
    best = max(_share_of_tables(era, contents) for era in sources.access_eras())
    if best < MIN_TABLES_SHARE:
        return None
    name = member_name(contents)
    # Of eras with as many events, the one whose name the file has.
    eras = sorted(
        (era for era in sources.access_eras() if _share_of_tables(era, contents) == best),
        key=lambda era: era.file != name,
    )
    database = max(eras, key=lambda era: sum(_years_of(era, contents).values()))
    weekly = next((era for era in eras if era.weekly), None)
    if weekly is None:
        return Kind(database, is_weekly=False)
    is_named_weekly = name is not None and weekly.is_weekly(name)
    is_weekly = _is_weekly(database, contents, is_named_weekly, has_name=name is not None)
    return Kind(weekly if is_weekly else database, is_weekly)


def member_name(contents: Contents) -> str | None:
    """Return the name of a source in NTSB's spelling if the Access file in the zip has one, else None."""
    return sources.canonical_name(PurePath(contents.member).stem)


def select_files(
    files: Iterable[ArchivedFile], base: Sequence[str] = (), weekly: Sequence[str] = ()
) -> tuple[list[SourceFile], list[Ignored]]:
    """Return the files of a snapshot, the newest edition last, and the files that are not used.

    `base` and `weekly` restrict the databases and the weekly files to these names; empty means all.
    """
    editions: list[Edition] = []
    usable, ignored = _join_months(files)
    for file in sorted(usable, key=lambda file: file.name):
        kind = identify(file.contents)
        if kind is None:
            ignored.append(Ignored(file.name, f"expected the tables of an era, found {_list(file.contents.tables)}"))
        elif reason := _excluded(Edition(file, kind), base, weekly):
            ignored.append(Ignored(file.name, reason))
        else:
            editions.append(Edition(file, kind))
    editions, duplicates = _without_duplicates(_with_plausible_changes(editions))
    editions, replaced = _without_replaced(sorted(editions, key=lambda edition: edition.rank))
    return _name_sources(editions), sorted([*ignored, *duplicates, *replaced], key=lambda item: item.name)


def _join_months(files: Iterable[ArchivedFile]) -> tuple[list[ArchivedFile], list[Ignored]]:
    """Return the files, with all archives of the Enterprise API as one file, and the archives that newer ones replace.

    Of several archives of a month, that with the newest publication is used, then the one with the most cases.
    """
    others, newest, ignored = [], dict[str, ArchivedFile](), []
    for file in sorted(files, key=lambda file: (*_rank_of_month(file.contents), file.sha256)):
        month = file.contents.month
        if not month:
            others.append(file)
        elif replaced := newest.get(month):
            ignored.append(Ignored(replaced.name, f"{file.name} is a newer edition of {month}"))
        if month:
            newest[month] = file
    return [*others, *([_join([newest[month] for month in sorted(newest)])] if newest else [])], ignored


def _rank_of_month(contents: Contents) -> tuple[str, int]:
    return contents.newest_change, sum(number for _, number in contents.years)


def _join(months: Sequence[ArchivedFile]) -> ArchivedFile:
    """Return the file that consists of these archives; `months` of its remarks lists them."""
    listed = [[file.contents.month, file.sha256] for file in months]
    identity = months_sha256(listed)
    years = Counter[int]()
    for file in months:
        years.update(dict(file.contents.years))
    contents = Contents(
        access_sha256=identity,
        member="",
        packed="",
        tables=tuple(sorted({table for file in months for table in file.contents.tables})),
        changes=sum(file.contents.changes for file in months),
        newest_change=max(file.contents.newest_change for file in months),
        years=tuple(sorted(years.items())),
        periods=change_dates.join_periods(period for file in months for period in file.contents.periods),
        month=f"{listed[0][0]} to {listed[-1][0]}",
    )
    name = sources.api_era().file
    remarks = {"months": listed, "location_names": [file.remarks.get("location_name", file.name) for file in months]}
    return ArchivedFile(name, identity, sum(file.bytes for file in months), contents, remarks)


def _share_of_tables(era: Era, contents: Contents) -> float:
    return len({name.lower() for name in era.tables} & set(contents.tables)) / len(era.tables)


def _years_of(era: Era, contents: Contents) -> dict[int, int]:
    """Return {year: number of events} of the era's years."""
    return {year: n for year, n in contents.years if era.first_year <= year <= (era.last_year or year)}


def _is_weekly(database: Era, contents: Contents, is_named_weekly: bool, has_name: bool) -> bool:
    """Return True for a weekly file, from the dates of its events or, if these are few, from its name.

    `database`: the era that the file is of otherwise.
    """
    if contents.changes < MIN_EVENTS:
        return is_named_weekly or not has_name
    newest, change = _date(contents.newest_change), _date(contents.median_change)
    event = _date(contents.median_date) if contents.median_date else newest
    if (newest - change).days <= WEEKLY_CHANGES_DAYS:
        return is_named_weekly or (newest - event).days <= WEEKLY_EVENTS_DAYS
    n_years = (database.last_year or newest.year) - database.first_year + 1
    return is_named_weekly and len(_years_of(database, contents)) < MIN_YEARS_SHARE * n_years


def _date(text: str) -> date:
    return date.fromisoformat(text[:10])


def _excluded(edition: Edition, base: Sequence[str], weekly: Sequence[str]) -> str:
    """Return why the settings exclude a file, an empty string if they do not."""
    setting, allowed = ("weekly", weekly) if edition.kind.is_weekly else ("base", base)
    names = {sources.canonical_name(name) for name in allowed}
    if not names or edition.base_name in names:
        return ""
    listed = _list(sorted(name for name in names if name))
    return f"it is {edition.base_name}, and [Sources] {setting} in luigi.cfg lists only {listed}"


def _with_plausible_changes(editions: Sequence[Edition]) -> list[Edition]:
    """Return the editions with the newest change of each that is plausible in view of all of them."""
    newest = change_dates.newest_plausible({edition.file.sha256: edition.file.contents.periods for edition in editions})
    return [
        replace(edition, file=replace(edition.file, contents=replace(edition.file.contents, newest_change=text)))
        for edition in editions
        for text in [newest[edition.file.sha256]]
    ]


def _without_duplicates(editions: Sequence[Edition]) -> tuple[list[Edition], list[Ignored]]:
    """Return the editions with distinct Access files, and the others: of equal ones, a zip in NTSB's name is kept."""
    kept: dict[str, Edition] = {}
    ignored = []
    for edition in sorted(editions, key=_preference):
        first = kept.setdefault(edition.file.contents.access_sha256, edition)
        if first is not edition:
            ignored.append(Ignored(edition.file.name, f"its database is identical to that of {first.file.name}"))
    return list(kept.values()), ignored


def _preference(edition: Edition) -> tuple[bool, bool, str]:
    contents = edition.file.contents
    return not contents.member, member_name(contents) is None, edition.file.sha256


def _without_replaced(editions: Sequence[Edition]) -> tuple[list[Edition], list[Ignored]]:
    """Return the editions without databases that a newer one replaces as a whole: those without change dates."""
    newest = {edition.kind.era.name: edition for edition in editions if not edition.kind.is_weekly}
    kept, ignored = [], []
    for edition in editions:
        current = newest.get(edition.kind.era.name, edition)
        if edition.kind.is_weekly or edition.file.contents.newest_change or edition is current:
            kept.append(edition)
        else:
            reason = f"its rows have no change dates, and {current.file.name} is a newer {current.base_name}"
            ignored.append(Ignored(edition.file.name, reason))
    return kept, ignored


def _name_sources(editions: Sequence[Edition]) -> list[SourceFile]:
    """Return the files with distinct names: older files of a name have 8 digits of their sha256 added."""
    files: list[SourceFile] = []
    for edition in reversed(editions):
        file, name = edition.file, edition.base_name
        if name in {other.source for other in files}:
            name = f"{name}_{file.sha256[:8]}"
        remarks = {**file.remarks, "file": file.name, "newest_change": file.contents.newest_change}
        if file.contents.is_made_up:
            remarks[MADE_UP] = True
        files.append(SourceFile(name, file.sha256, file.bytes, remarks))
    return files[::-1]


def _list(names: Sequence[str]) -> str:
    return (
        ", ".join(printable(name, 64) for name in names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        or "none"
    )
