"""Checks that follow from the table schema: unique primary keys, foreign keys, and an ev_id in every row.

Each covers all tables, as they are in the schema `contract`. A constraint that the database enforces is not checked
again: then the condition on audit.is_unique or audit.has_parent is constant, and the table is not read. The keys of
materialized views need no check, because each has a unique index on its key.
"""

from psycopg2.sql import SQL, Composable, Identifier, Literal

from pipeline.postgres.connection import Cursor
from pipeline.warehouse import table_schema
from pipeline.warehouse.quality import checks
from pipeline.warehouse.quality.checks import Check
from pipeline.warehouse.quality.era_checks import era_checks
from pipeline.warehouse.table_schema import ForeignKey


def all_checks(cursor: Cursor) -> list[Check]:
    """Return the hand-written checks and those generated from the eras and from the schema, in order of name."""
    unsorted = [*map(checks.read_check, checks.files()), *era_checks(), *generate_checks(cursor)]
    return sorted(unsorted, key=lambda check: check.name)


def generate_checks(cursor: Cursor) -> list[Check]:
    """Return the three checks on all tables; each stops publication at the first offending row."""
    tables = table_schema.tables()
    return [
        _check(
            "duplicates_primary_keys",
            "duplicates",
            "no two rows of a table have the same primary key",
            [duplicate_query(table, table_schema.primary_key(cursor, table)) for table in tables],
        ),
        _check(
            "foreign_keys_orphans",
            "foreign keys",
            "every foreign key references a row of its parent table",
            [orphan_query(table, key) for table in tables for key in table_schema.foreign_keys(cursor, table)],
        ),
        _check(
            "required_ev_id",
            "required values",
            "every row of a table with events has an ev_id",
            [
                missing_event_query(table, table_schema.foreign_keys(cursor, table))
                for table in tables
                if table_schema.has_events(cursor, table)
            ],
        ),
    ]


def _check(name: str, family: str, description: str, queries: list[Composable]) -> Check:
    return Check(name, family, "stop", 0, description, SQL("\nunion all\n").join(queries), table_schema.tables())


def duplicate_query(table: str, key: tuple[str, ...]) -> Composable:
    """Return a query for primary keys that more than one row has."""
    return SQL("""
select {name} as relation, concat_ws(' ', {columns}) as row_key, format('%s rows with this key', count(*)) as detail
from {table}
where not audit.is_unique({name}, {key})
group by {columns}
having count(*) > 1""").format(
        name=Literal(table), table=Identifier(table), columns=table_schema.column_list(key), key=Literal(", ".join(key))
    )


def orphan_query(table: str, key: ForeignKey) -> Composable:
    """Return a query for rows without a row in the parent table; it finds none if a constraint enforces the key."""
    pairs = zip(key.columns, key.parent_columns, strict=True)
    match = [
        SQL("{} = {}").format(Identifier("parent", parent), Identifier("child", column)) for column, parent in pairs
    ]
    return SQL("""
select {name} as relation, concat_ws(' ', {columns}) as row_key, {detail} as detail
from {table} as child
where {is_unenforced} and not exists (select from {parent} as parent where {match})""").format(
        name=Literal(table),
        columns=table_schema.column_list(key.columns, "child"),
        detail=Literal(f"no row in {key.parent}"),
        table=Identifier(table),
        is_unenforced=_is_unenforced(table, key),
        parent=Identifier(key.parent),
        match=SQL(" and ").join(match),
    )


def missing_event_query(table: str, keys: list[ForeignKey]) -> Composable:
    """Return a query for rows without an ev_id; it finds none if a foreign key is enforced."""
    conditions = [SQL("coalesce(btrim(ev_id), '') = ''"), *(_is_unenforced(table, key) for key in keys)]
    return SQL("""
select {} as relation, concat_ws(' ', source_file, source_row) as row_key, 'ev_id is missing' as detail
from {}
where {}""").format(Literal(table), Identifier(table), SQL(" and ").join(conditions))


def _is_unenforced(table: str, key: ForeignKey) -> Composable:
    """Return a SQL condition that no constraint of the table enforces the foreign key."""
    names = (table, key.parent, ", ".join(key.columns))
    return SQL("not audit.has_parent({}, {}, {})").format(*map(Literal, names))
