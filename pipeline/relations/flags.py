"""Flags: accusations of single values, row by row, each under a rule's name; the row stays published.

A rule is a query in sql/flags/<flag>.sql, or in sql/flags/<era>/<flag>.sql where it is about one era's own tables: a
name at the top may come again there, for the same defect in another form. Line 1 `-- needs: events, raw_events`: typed
tables, and raw ones as views raw_<table>. Line 2 `-- flags: events.ev_state <reason>`: the table and column accused, in
NTSB's spelling. Then, where a rule holds for some eras only, `-- eras: avall, pre2008`. It returns the source_row of
the offending rows; where the column is `*`, their source_column too. The flag's value is the raw text, so that it can
be seen as it came.
"""

import re
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

INSERT = """
insert into flag
select %(source)s, %(name)s, kept.source_row, concat_ws(' ', {key}), %(flag)s, found.source_column,
    left(to_jsonb(raw) ->> found.source_column, {longest})
from (select source_row, {column} as source_column from ({query}) as offending) as found
inner join "{table}" as kept on kept.source_row = found.source_row
inner join raw_{table} as raw on raw.source_row = found.source_row
"""
# Prose is named, not repeated.
LONGEST = 200


@dataclass(frozen=True)
class Rule:
    """One rule: its name, the table and column (NTSB's spelling) it accuses, the eras it holds for (empty: all)."""

    flag: str
    table: str
    column: str
    eras: tuple[str, ...]
    path: Path


def read(path: Path) -> Rule:
    """A rule from its file. Raises ValueError where the head lines are not as described above."""
    text = path.read_text()
    accused = re.search(r"^-- flags: (\w+)\.(\w+|\*) \S", text, re.MULTILINE)
    if not accused:
        raise ValueError(f"{path.name}: the second line must be `-- flags: <table>.<column> <reason>`")
    eras = re.search(r"^-- eras: (.+)$", text, re.MULTILINE)
    names = tuple(name.strip() for name in eras.group(1).split(",")) if eras else ()
    return Rule(path.stem, accused.group(1), accused.group(2), names, path)


def files(era: str) -> list[Path]:
    """The files of all rules that may hold for an era, in order of name, those for all eras first."""
    return [*sorted(FOLDER.glob("*.sql")), *sorted((FOLDER / era).glob("*.sql"))]


def rules(era: str) -> list[Rule]:
    """All rules that hold for an era, in the order of its files."""
    return [rule for rule in map(read, files(era)) if not rule.eras or era in rule.eras]


def accuse(cursor: Cursor, source: str, table: str, flag: str, column: str, query: str) -> None:
    """Inserts what a query finds. `table` in NTSB's spelling; `column` is `*` where the query says it row by row."""
    key = contract.primary_key(cursor, table.lower())
    columns = ", ".join(f'kept."{name}"' for name in key)
    accused = "source_column" if column == "*" else f"'{column}'::text"
    # A percent sign of a query is no placeholder.
    query = query.replace("%", "%%")
    statement = INSERT.format(key=columns, query=query, table=table.lower(), column=accused, longest=LONGEST)
    cursor.execute(statement, {"source": source, "name": table, "flag": flag})


def raise_lost(cursor: Cursor, source: str, names: dict[str, str], raw: dict[str, list[str]]) -> None:
    """Flags raw text that has no typed value. `names`: {contract table: NTSB's spelling}; `raw`: its raw columns."""
    for table, name in names.items():
        columns = contract.columns(cursor, table)
        for column, text in conversion.lost_values(cursor, table, columns, raw[table]):
            query = f"""
                select source_row from raw_{table}
                where btrim("{text}") <> '' and convert.{conversion.converter(table, column)}("{text}") is null"""
            accuse(cursor, source, name, conversion.lost_flag(table, column), text, query)


def raise_rules(cursor: Cursor, source: str, era: str, names: dict[str, str]) -> None:
    """Runs every rule of the era whose table the file has."""
    for rule in rules(era):
        if rule.table.lower() in names:
            query = rule.path.read_text().rstrip().rstrip(";")
            accuse(cursor, source, names[rule.table.lower()], rule.flag, rule.column.lower(), query)
