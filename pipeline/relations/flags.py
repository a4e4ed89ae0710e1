"""Flags: accusations of single values, row by row, each under a rule's name; the row stays published.

A rule is a query in sql/flags/<flag>.sql, or in sql/flags/<era>/<flag>.sql where it is about one era's own tables: a
name at the top may come again there, for the same defect in another form. Line 1 `-- needs: events, raw_events`: typed
tables, and raw ones as views raw_<table>. Line 2 `-- flags: events.ev_state <reason>`: the table and column accused, in
NTSB's spelling. Then, where a rule holds for some eras only, `-- eras: avall, pre2008`. It returns the source_row of
the offending rows; where the column is `*`, their source_column too. The flag's value is the raw text, so that it can
be seen as it came.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.postgres import Cursor
from pipeline.relations import contract, conversion
from pipeline.settings import SQL

FOLDER = SQL / "flags"

MAKE = """
create table flag (
    source_file text, source_table text, source_row bigint, key text, flag text, source_column text, value text
)
"""

# The raw rows of what is found are picked before they become JSON: rows of 200 columns are slow to take up whole.
INSERT = """
insert into flag
select %(source)s, %(name)s, kept.source_row, concat_ws(' ', {key}), found.flag, found.source_column,
    left(raw.texts ->> found.source_column, {longest})
from found
inner join "{table}" as kept on kept.source_row = found.source_row
inner join (
    select source_row, to_jsonb(whole) as texts from raw_{table} as whole
    where (source_row in (select source_row from found)) is true
) as raw on raw.source_row = found.source_row
"""
# Prose is named, not repeated.
LONGEST = 200


@dataclass(frozen=True)
class Accusation:
    """A query that returns the source_row of offending rows; `column` is `*` where it gives their source_column too."""

    flag: str
    column: str
    query: str

    def select(self) -> str:
        """The query in the shape that all share."""
        column = "source_column" if self.column == "*" else f"'{self.column}'::text"
        return f"select source_row, '{self.flag}' as flag, {column} as source_column from ({self.query}) as offending"


@dataclass(frozen=True)
class Rule:
    """One rule: its name, the table and column (NTSB's spelling) it accuses, why, and its eras (empty: all)."""

    flag: str
    table: str
    column: str
    reason: str
    eras: tuple[str, ...]
    path: Path

    def accusation(self) -> Accusation:
        """What it says, of the raw column."""
        return Accusation(self.flag, self.column.lower(), self.path.read_text().rstrip().rstrip(";"))


def read(path: Path) -> Rule:
    """A rule from its file. Raises ValueError where the head lines are not as described above."""
    text = path.read_text()
    accused = re.search(r"^-- flags: (\w+)\.(\w+|\*) (\S.*)$", text, re.MULTILINE)
    if not accused:
        raise ValueError(f"{path.name}: the second line must be `-- flags: <table>.<column> <reason>`")
    eras = re.search(r"^-- eras: (.+)$", text, re.MULTILINE)
    names = tuple(name.strip() for name in eras.group(1).split(",")) if eras else ()
    table, column, reason = accused.groups()
    return Rule(path.stem, table, column, reason, names, path)


def files(era: str) -> list[Path]:
    """The files of all rules that may hold for an era, in order of name, those for all eras first."""
    return [*sorted(FOLDER.glob("*.sql")), *sorted((FOLDER / era).glob("*.sql"))]


def rules(era: str) -> list[Rule]:
    """All rules that hold for an era, in the order of its files."""
    return [rule for rule in map(read, files(era)) if not rule.eras or era in rule.eras]


def accuse(cursor: Cursor, source: str, table: str, accusations: Sequence[Accusation]) -> None:
    """Inserts what the queries find, all in one go. `table` in NTSB's spelling."""
    if not accusations:
        return
    found = " union all ".join(accusation.select() for accusation in accusations)
    cursor.execute(f"create temporary table found on commit drop as {found}")
    if cursor.rowcount:
        columns = ", ".join(f'kept."{name}"' for name in contract.primary_key(cursor, table.lower()))
        cursor.execute("analyze found")
        statement = INSERT.format(key=columns, table=table.lower(), longest=LONGEST)
        cursor.execute(statement, {"source": source, "name": table})
    cursor.execute("drop table found")


def raise_lost(cursor: Cursor, source: str, names: dict[str, str], raw: dict[str, list[str]]) -> None:
    """Flags raw text that has no typed value. `names`: {contract table: NTSB's spelling}; `raw`: its raw columns."""
    for table, name in names.items():
        columns = contract.columns(cursor, table)
        accusations = []
        for column, text in conversion.thinner(cursor, table, name, columns, raw[table]):
            query = f"""
                select source_row from raw_{table}
                where btrim("{text}") <> '' and convert.{conversion.converter(table, column)}("{text}") is null"""
            accusations.append(Accusation(conversion.lost_flag(table, column), text, query))
        accuse(cursor, source, name, accusations)


def raise_rules(cursor: Cursor, source: str, era: str, names: dict[str, str]) -> None:
    """Runs every rule of the era whose table the file has."""
    by_table: dict[str, list[Accusation]] = {}
    for rule in rules(era):
        if rule.table.lower() in names:
            by_table.setdefault(rule.table.lower(), []).append(rule.accusation())
    for table, accusations in by_table.items():
        accuse(cursor, source, names[table], accusations)
