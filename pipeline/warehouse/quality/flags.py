"""Flags: records of single values that look wrong, row by row, each under the name of a rule; the row stays published.

A rule is a query in sql/flags/<flag>.sql or, for the tables of one era, in sql/flags/<era>/<flag>.sql; a name may be in
both, for the same defect in another form. Headers: `-- needs: events, raw_events` (cast tables, and raw tables as
views raw_<table>); `-- flags: events.ev_state <reason>` (table and column in NTSB's spelling); and where the rule
holds for some eras only, `-- eras: avall, pre2008`. The query returns the source_row of each offending row and, where
the column is `*`, its source_column. The value of a flag is the raw text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from psycopg2 import sql
from psycopg2.sql import Composable, Identifier, Literal

from pipeline.config import SQL
from pipeline.postgres.connection import Cursor
from pipeline.warehouse import cast, sql_file, table_schema
from pipeline.warehouse.quality import cast_losses

FOLDER = SQL / "flags"

CREATE_TABLE = """
create table flag (
    source_file text, source_table text, source_row bigint, key text, flag text, source_column text, value text
)
"""

# Raw rows are selected before they are converted to JSON, which is slow for rows of 200 columns.
INSERT = """
insert into flag
select %(source)s, %(name)s, typed.source_row, concat_ws(' ', {key}), flagged.flag, flagged.source_column,
    left(raw.texts ->> flagged.source_column, %(max_length)s)
from flagged
inner join {table} as typed on typed.source_row = flagged.source_row
inner join (
    select source_row, to_jsonb(raw_row) as texts from {raw_table} as raw_row
    where (source_row in (select source_row from flagged)) is true
) as raw on raw.source_row = flagged.source_row
"""
# Longer texts (narratives) are truncated.
MAX_VALUE_LENGTH = 200


@dataclass(frozen=True)
class FlagQuery:
    """A query for the source_row of offending rows and, where `column` is `*`, their source_column."""

    flag: str
    column: str
    query: Composable

    def select(self) -> Composable:
        """Return a SELECT statement with the columns source_row, flag and source_column."""
        column = sql.SQL("source_column") if self.column == "*" else sql.SQL("{}::text").format(Literal(self.column))
        query = "select source_row, {} as flag, {} as source_column from ({}) as offending"
        return sql.SQL(query).format(Literal(self.flag), column, self.query)


@dataclass(frozen=True)
class FlagRule:
    """A rule: its name, the table and column that it flags (in NTSB's spelling), the reason, its eras (empty: all)."""

    flag: str
    table: str
    column: str
    reason: str
    eras: tuple[str, ...]
    path: Path

    def flag_query(self) -> FlagQuery:
        """Return the rule's query, for the lower-case name of the raw column."""
        return FlagQuery(self.flag, self.column.lower(), sql.SQL(sql_file.statement(self.path)))


def read_rule(path: Path) -> FlagRule:
    """Return the rule that a SQL file defines. Raises ValueError if the header `flags` is missing or malformed."""
    match = sql_file.match_header(path, "flags", r"(\w+)\.(\w+|\*) (\S.*)", "<table>.<column> <reason>")
    table, column, reason = match.groups()
    return FlagRule(path.stem, table, column, reason, sql_file.split_names(sql_file.header(path, "eras", "")), path)


def files(era: str) -> list[Path]:
    """Return the files of the rules that may apply to an era: those for all eras, then the era's, sorted by name."""
    return [*sorted(FOLDER.glob("*.sql")), *sorted((FOLDER / era).glob("*.sql"))]


def rules(era: str) -> list[FlagRule]:
    """Return all rules that apply to an era, in the order of their files."""
    return [rule for rule in map(read_rule, files(era)) if not rule.eras or era in rule.eras]


def insert_flags(cursor: Cursor, source: str, table: str, queries: Sequence[FlagQuery]) -> None:
    """Insert a flag for each row that one of the queries returns. `table`: in NTSB's spelling."""
    if not queries:
        return
    flagged = sql.SQL(" union all ").join([query.select() for query in queries])
    cursor.execute(sql.SQL("create temporary table flagged on commit drop as {}").format(flagged))
    if cursor.rowcount:
        cursor.execute("analyze flagged")
        name = table.lower()
        statement = sql.SQL(INSERT).format(
            key=table_schema.column_list(table_schema.primary_key(cursor, name), "typed"),
            table=Identifier(name),
            raw_table=Identifier(f"raw_{name}"),
        )
        cursor.execute(statement, {"source": source, "name": table, "max_length": MAX_VALUE_LENGTH})
    cursor.execute("drop table flagged")


def flag_lost_values(cursor: Cursor, source: str, names: dict[str, str], raw: dict[str, list[str]]) -> None:
    """Flag raw texts that cannot be cast. `names`: {table: its name in NTSB's spelling}; `raw`: its raw columns."""
    for table, name in names.items():
        queries = []
        for raw_column, column in cast_losses.lossy_columns(cursor, table, name, raw[table]).items():
            query = sql.SQL(
                "select source_row from {raw_table} where btrim({text}) <> '' and {function}({text}) is null"
            ).format(
                raw_table=Identifier(f"raw_{table}"),
                text=Identifier(raw_column),
                function=Identifier("convert", cast.cast_function(table, column)),
            )
            queries.append(FlagQuery(cast_losses.lost_value_flag(table, column), raw_column, query))
        insert_flags(cursor, source, name, queries)


def apply_rules(cursor: Cursor, source: str, era: str, names: dict[str, str]) -> None:
    """Apply every rule of the era whose tables the file has. `names`: {table: NTSB's spelling}.

    A rule that needs code lists does not apply to cases of the API, which have none.
    """
    by_table: dict[str, list[FlagQuery]] = {}
    for rule in rules(era):
        needed = {name.removeprefix("raw_") for name in sql_file.needs(rule.path)} & set(table_schema.tables())
        if needed | {rule.table.lower()} <= names.keys():
            by_table.setdefault(rule.table.lower(), []).append(rule.flag_query())
    for table, queries in by_table.items():
        insert_flags(cursor, source, names[table], queries)
