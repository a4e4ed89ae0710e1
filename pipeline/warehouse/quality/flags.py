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

from pipeline.config import SQL
from pipeline.postgres.connection import Cursor
from pipeline.warehouse import cast, table_schema

FOLDER = SQL / "flags"

CREATE_TABLE = """
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
MAX_VALUE_LENGTH = 200


@dataclass(frozen=True)
class FlagQuery:
    """A query that returns the source_row of offending rows; `column` is `*` where it gives their source_column too."""

    flag: str
    column: str
    query: str

    def select(self) -> str:
        """The query in the shape that all share."""
        column = "source_column" if self.column == "*" else f"'{self.column}'::text"
        return f"select source_row, '{self.flag}' as flag, {column} as source_column from ({self.query}) as offending"


@dataclass(frozen=True)
class FlagRule:
    """One rule: its name, the table and column (NTSB's spelling) it accuses, why, and its eras (empty: all)."""

    flag: str
    table: str
    column: str
    reason: str
    eras: tuple[str, ...]
    path: Path

    def accusation(self) -> FlagQuery:
        """What it says, of the raw column."""
        return FlagQuery(self.flag, self.column.lower(), self.path.read_text().rstrip().rstrip(";"))


def read_rule(path: Path) -> FlagRule:
    """A rule from its file. Raises ValueError where the head lines are not as described above."""
    text = path.read_text()
    accused = re.search(r"^-- flags: (\w+)\.(\w+|\*) (\S.*)$", text, re.MULTILINE)
    if not accused:
        raise ValueError(f"{path.name}: the second line must be `-- flags: <table>.<column> <reason>`")
    eras = re.search(r"^-- eras: (.+)$", text, re.MULTILINE)
    names = tuple(name.strip() for name in eras.group(1).split(",")) if eras else ()
    table, column, reason = accused.groups()
    return FlagRule(path.stem, table, column, reason, names, path)


def files(era: str) -> list[Path]:
    """The files of all rules that may hold for an era, in order of name, those for all eras first."""
    return [*sorted(FOLDER.glob("*.sql")), *sorted((FOLDER / era).glob("*.sql"))]


def rules(era: str) -> list[FlagRule]:
    """All rules that hold for an era, in the order of its files."""
    return [rule for rule in map(read_rule, files(era)) if not rule.eras or era in rule.eras]


def insert_flags(cursor: Cursor, source: str, table: str, accusations: Sequence[FlagQuery]) -> None:
    """Inserts what the queries find, all in one go. `table` in NTSB's spelling."""
    if not accusations:
        return
    found = " union all ".join(accusation.select() for accusation in accusations)
    cursor.execute(f"create temporary table found on commit drop as {found}")
    if cursor.rowcount:
        columns = ", ".join(f'kept."{name}"' for name in table_schema.primary_key(cursor, table.lower()))
        cursor.execute("analyze found")
        statement = INSERT.format(key=columns, table=table.lower(), longest=MAX_VALUE_LENGTH)
        cursor.execute(statement, {"source": source, "name": table})
    cursor.execute("drop table found")


def flag_lost_values(cursor: Cursor, source: str, names: dict[str, str], raw: dict[str, list[str]]) -> None:
    """Flags raw text that has no typed value. `names`: {contract table: NTSB's spelling}; `raw`: its raw columns."""
    for table, name in names.items():
        columns = table_schema.columns(cursor, table)
        accusations = []
        for column, text in cast.columns_with_lost_values(cursor, table, name, columns, raw[table]):
            query = f"""
                select source_row from raw_{table}
                where btrim("{text}") <> '' and convert.{cast.cast_function(table, column)}("{text}") is null"""
            accusations.append(FlagQuery(cast.lost_value_flag(table, column), text, query))
        insert_flags(cursor, source, name, accusations)


def apply_rules(cursor: Cursor, source: str, era: str, names: dict[str, str]) -> None:
    """Runs every rule of the era whose table the file has."""
    by_table: dict[str, list[FlagQuery]] = {}
    for rule in rules(era):
        if rule.table.lower() in names:
            by_table.setdefault(rule.table.lower(), []).append(rule.accusation())
    for table, accusations in by_table.items():
        insert_flags(cursor, source, names[table], accusations)
