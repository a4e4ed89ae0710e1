"""Lineage: the source row of a published row, and the rule that produced each of its values.

A raw row is read from the raw schema while that still contains its file, otherwise from the archived file. NTSB's own
tables are cast column by column by functions of the schema `convert`; then corrections may empty a value. Rows of
1962-1981 in the modern tables are derived: the era's derived.csv lists source column, target and rule. Such a row has
the source_row of the first relation that the era's query reads; other rows of its record are joined by RecNum.
"""

import csv
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg2.sql import SQL, Identifier, Literal

from pipeline.errors import PipelineError
from pipeline.ingest import access_file, archive, unpack
from pipeline.postgres.connection import Cursor, fetch_records, relation_exists
from pipeline.sources import Era
from pipeline.warehouse import cast, corrections, sql_file, table_schema, typed
from pipeline.warehouse.overlay.published import PUBLISHED, row_key
from pipeline.warehouse.quality import flags
from pipeline.warehouse.raw_names import fold, raw_schema, safe_names
from pipeline.warehouse.table_schema import Column

# {column: value as text}, or the named fields of a query
Row = dict[str, Any]

JOINED_ROWS = """
select other.source_row from {own} as own inner join {other} as other using (source_file, recnum)
where own.source_file = %s and own.source_row = %s
order by other.source_row
"""
MERGED_ROWS = (
    "select source_row from aircraft where ev_id = %s and source_file = %s and source_row <> %s order by source_row"
)
FLAGS_OF_ROW = """
select flag, source_column, value from audit.flag
where source_file = %s and source_table = %s and source_row = %s
order by flag, source_column
"""
CORRECTIONS_OF_ROW = """
select
    column_name as column, correction_id as correction, value_before, value_after, source, reviewer,
    review_date::text as date
from audit.applied_correction
where table_name = %s and row_key = (select {} from {} as published where {})
order by column_name collate "C"
"""
QUARANTINED_ROWS = """
select source_file, source_table, source_row, reason, detail from audit.quarantine
where lower(source_table) = %s and {}
order by source_file, source_row
"""

NEAREST_KEYS = """
(select concat_ws(' ', {key}) from {table} where {first} >= lower(%(value)s) order by {first}, {key} limit 3)
union all
(select concat_ws(' ', {key}) from {table} where {first} < lower(%(value)s) order by {first} desc, {key} limit 3)
"""


@dataclass(frozen=True)
class RawRow:
    """A row of an Access table: {raw column: text, None for NULL}, and the schema or file that it was read from."""

    table: str
    number: int
    texts: Mapping[str, str | None]
    read_from: str


@dataclass(frozen=True)
class SourceZip:
    """A source's zip in the archive: the folder of cached targets, and the largest size allowed for its Access file."""

    store: Path
    source: str
    sha256: str
    max_gb: float


@dataclass(frozen=True)
class ValueOrigin:
    """A published value, the raw columns that it comes from with their texts, and the rule that produced it.

    Columns of another row than the source row are qualified with their table: `tblSecondHalf.visibility`.
    """

    column: str
    published: str | None
    raw: Mapping[str, str | None]
    rule: str


def read_loaded_row(cursor: Cursor, source: str, table: str, number: int) -> RawRow:
    """Return a row of raw_<source>.<table>. Raises PipelineError if it does not exist."""
    schema = raw_schema(source)
    query = SQL("select * from {} where source_row = %s").format(Identifier(schema, fold(table)))
    cursor.execute(query, (number,))
    row = cursor.fetchone()
    if row is None:
        raise _missing_row(table, number, schema)
    names = [column.name for column in cursor.description or ()]
    texts = {name: text for name, text in zip(names, row, strict=True) if name != "source_row"}
    return RawRow(table, number, texts, schema)


def read_case(cursor: Cursor, source: str, raw: RawRow) -> RawRow:
    """Return the case of the API that a raw row was made from: its month, page, position and unmodified document."""
    columns = ("month", "page", "position", "document")
    query = SQL("select {} from {} where source_row = %s")
    items = SQL(", ").join(SQL("{}::text").format(Identifier(column)) for column in columns)
    number = int(raw.texts["case_row"] or 0)
    cursor.execute(query.format(items, Identifier(raw_schema(source), "cases")), (number,))
    return RawRow("cases", number, dict(zip(columns, cursor.fetchone() or (), strict=True)), raw.read_from)


def read_archived_row(file: SourceZip, table: str, number: int) -> RawRow:
    """Return a row of the archived file, read in the same way as for loading.

    Raises PipelineError if the row does not exist, or the zip cannot be read.
    """
    path = file.store / "access" / file.sha256 / f"{file.source.lower()}.mdb"
    if path.is_file():
        return read_row(path, table, number)
    zipped = archive.verify_zip(file.store, file.sha256)
    with tempfile.TemporaryDirectory(prefix="ntsb-why-") as folder:
        unpacked = Path(folder) / path.name
        unpack.unpack_access_file(zipped, unpacked, f"{file.source}.zip", file.max_gb)
        return read_row(unpacked, table, number)


def read_row(path: Path, table: str, number: int) -> RawRow:
    """Return a row of a table of an Access file. Raises PipelineError if it does not exist."""
    database = access_file.open_database(path)
    # Names in Access do not distinguish case.
    for definition in (definition for definition in database.tables if fold(definition.name) == fold(table)):
        safe = safe_names(column.name for column in definition.columns)
        for block in access_file.read_rows(database, definition):
            if 0 <= (index := number - block.first_row) < block.batch.num_rows:
                values = [values[index].as_py() for values in block.batch.columns]
                names = [safe[column.name] for column in definition.columns]
                return RawRow(table, number, dict(zip(names, values, strict=True)), "the archived file")
    raise _missing_row(table, number, "the archived file")


def _missing_row(table: str, number: int, read_from: str) -> PipelineError:
    return PipelineError(
        f"{table}: expected row {number} in {read_from}, found none; `python -m pipeline plan` shows what changed"
    )


def find_published_row(cursor: Cursor, table: str, values: Sequence[str]) -> Row | None:
    """Return {column: value as text} of the published row with this primary key, or None if there is none.

    Raises PipelineError for an unknown table and for a wrong number of key values.
    """
    if table not in table_schema.tables():
        known = ", ".join(sorted(table_schema.tables()))
        raise PipelineError(f"table: expected one of {known}, found {table}; name one of these")
    key = table_schema.primary_key(cursor, table)
    if len(values) != len(key):
        words = " ".join(values) or "none"
        raise PipelineError(
            f"{table}: expected the values of its key ({' '.join(key)}), found {words}; name all of them"
        )
    names = [column.name for column in table_schema.columns(cursor, table)]
    items = SQL(", ").join(SQL("{}::text").format(Identifier(name)) for name in names)
    # Compared as text, so that a word in place of a number matches no row instead of failing.
    match = SQL(" and ").join(SQL("{}::text = %s").format(Identifier(name)) for name in key)
    cursor.execute(SQL("select {} from {} where {}").format(items, Identifier(table), match), list(values))
    row = cursor.fetchone()
    return dict(zip(names, row, strict=True)) if row else None


def nearest_keys(cursor: Cursor, table: str, values: Sequence[str]) -> list[str]:
    """Return the keys of published rows whose first values are, in any case, equal to or next to the first of these."""
    key = [SQL("{}::text").format(Identifier(name)) for name in table_schema.primary_key(cursor, table)]
    first = SQL('lower({}) collate "C"').format(key[0])
    query = SQL(NEAREST_KEYS).format(key=SQL(", ").join(key), first=first, table=Identifier(table))
    cursor.execute(query, {"value": values[0]})
    return [text for (text,) in cursor.fetchall()]


def source_table(era: Era, table: str) -> str:
    """Return the Access table, in NTSB's spelling, to which the source_row of a published table refers."""
    spellings = {name: spelling for spelling, name in era.tables.items()}
    derived = {path.stem: path for path in typed.derived_files(era)}
    first = sql_file.needs(derived[table])[0] if table in derived else table
    # A query that reads a helper first takes its rows from the era's first table.
    return spellings.get(first, next(iter(era.tables)))


def derivation_rules(era: Era, table: str) -> list[dict[str, str]]:
    """Return the lines of derived.csv for a modern table: dicts with source_table, source_column, target and rule."""
    with (era.folder / "derived.csv").open(newline="", encoding="utf-8") as file:
        return [line for line in csv.DictReader(file) if line["target"].startswith(f"{table}.")]


def joined_rows(cursor: Cursor, era: Era, table: str, source: str, number: int) -> list[tuple[str, int]]:
    """Return (Access table, row number) of each row that the era's query joins to this source row by RecNum.

    The list is empty for NTSB's own tables, which are not derived.
    """
    if table in era.tables.values():
        return []
    own, rows = source_table(era, table), []
    for other in sorted({line["source_table"] for line in derivation_rules(era, table)} - {own}):
        # The file's list of codes has no RecNum: the rule names what is read there.
        if "recnum" in {column.name for column in table_schema.columns(cursor, era.tables[other])}:
            tables = {"own": Identifier(era.tables[own]), "other": Identifier(era.tables[other])}
            cursor.execute(SQL(JOINED_ROWS).format(**tables), (source, number))
            rows += [(other, int(joined)) for (joined,) in cursor.fetchall()]
    return rows


def merged_rows(cursor: Cursor, era: Era, table: str, row: Mapping[str, Any]) -> list[int]:
    """Return the numbers of an event's other source rows, because a file may have one row per aircraft of a collision.

    The list is empty for other tables than `events` and for NTSB's own tables.
    """
    if table != "events" or table in era.tables.values():
        return []
    cursor.execute(MERGED_ROWS, (row["ev_id"], row["source_file"], row["source_row"]))
    return [int(number) for (number,) in cursor.fetchall()]


def flags_of(cursor: Cursor, era: Era, row: Row, spelling: str) -> list[Row]:
    """Return the flags on the source row of a published row, as dicts with flag, column, value and reason.

    `spelling`: the Access table in NTSB's spelling.
    """
    cursor.execute(FLAGS_OF_ROW, (row["source_file"], spelling, row["source_row"]))
    return [
        {"flag": flag, "column": column, "value": value, "reason": flag_reason(era, spelling, flag)}
        for flag, column, value in cursor.fetchall()
    ]


def flag_reason(era: Era, spelling: str, flag: str) -> str:
    """Return the reason that the flag's rule states for the table and era.

    Flags of values that were not cast have no rule and get a default text; for other unknown flags it is empty.
    """
    reasons = [rule.reason for rule in flags.rules(era.name) if (rule.flag, rule.table) == (flag, spelling)]
    # Flags of values that were not cast have no rule file.
    default = "the raw text has no typed value" if flag.endswith(("_invalid", "_out_of_range")) else ""
    return reasons[0] if reasons else default


def corrections_of(cursor: Cursor, table: str, values: Sequence[str]) -> list[Row]:
    """Return the reviewed corrections of the row with this key, in order of column.

    Each is a dict with column, correction, value_before, value_after, source, reviewer and date.
    """
    # A release that an earlier version published has no such table.
    if not relation_exists(cursor, PUBLISHED):
        return []
    key = table_schema.primary_key(cursor, table)
    match = SQL(" and ").join(SQL("{}::text = %s").format(Identifier("published", name)) for name in key)
    query = SQL(CORRECTIONS_OF_ROW).format(row_key(key, "published"), Identifier(table), match)
    cursor.execute(query, [table, *values])
    return fetch_records(cursor)


def quarantined_rows(cursor: Cursor, table: str, values: Sequence[str]) -> list[Row]:
    """Return the quarantined rows with this primary key.

    Each is a dict with source_file, source_table, source_row, reason and detail.
    """
    key = table_schema.primary_key(cursor, table)
    columns = [cast.source_column(table, name) for name in key]
    match = SQL(" and ").join(SQL("btrim(raw ->> {}) = %s").format(Literal(column)) for column in columns)
    cursor.execute(SQL(QUARANTINED_ROWS).format(match), [table, *values])
    return fetch_records(cursor)


def explain_values(
    cursor: Cursor, table: str, era: Era, row: Row, raws: Sequence[RawRow], flagged: Sequence[Row]
) -> list[ValueOrigin]:
    """Return the origin of each value of the row, in column order. `raws`: its source row, then the joined rows."""
    is_derived, raw = table not in era.tables.values(), raws[0]
    columns = table_schema.columns(cursor, table)
    values = {} if is_derived else cast_values(cursor, table, columns, raw)
    rules = api_rules(era, table) if era.is_api else {}
    origins = []
    for column in columns:
        if column.derived:
            origins.append(ValueOrigin(column.name, row[column.name], {}, "derived by the database from other columns"))
        elif column.name in cast.PROVENANCE_COLUMNS:
            origins.append(ValueOrigin(column.name, row[column.name], {}, "set by the pipeline"))
        elif is_derived:
            origins.append(explain_derived_value(table, era, column, row, raws, flagged))
        else:
            origins.append(explain_source_value(table, column, row, raw, values, flagged, rules))
    return origins


def cast_values(cursor: Cursor, table: str, columns: Sequence[Column], raw: RawRow) -> dict[str, str | None]:
    """Return {column: value as text} of the raw row, cast as for loading; columns that the file lacks are omitted."""
    pairs = [(column, cast.source_column(table, column.name)) for column in cast.source_columns(columns)]
    pairs = [(column, name) for column, name in pairs if name in raw.texts]
    functions = [Identifier("convert", cast.cast_function(table, column)) for column, _ in pairs]
    items = SQL(", ").join(SQL("{}(%s)::text").format(function) for function in functions)
    cursor.execute(SQL("select {}").format(items), [raw.texts[name] for _, name in pairs])
    values = cursor.fetchone() or ()
    return {column.name: value for (column, _), value in zip(pairs, values, strict=True)}


def explain_source_value(
    table: str,
    column: Column,
    row: Row,
    raw: RawRow,
    values: Mapping[str, str | None],
    flagged: Sequence[Row],
    rules: Mapping[str, str],
) -> ValueOrigin:
    """Return the origin of a value that is cast from the raw row.

    `values`: the result of cast_values for the row. `rules`: the result of api_rules, empty for Access files.
    """
    name, value = cast.source_column(table, column.name), row[column.name]
    if column.name not in values:
        return ValueOrigin(column.name, value, {}, "the file has no such column")
    text = raw.texts[name]
    texts = {name: text}
    if values[column.name] != value:
        applied = applied_corrections(table, column, flagged) or [rules.get(column.name, "modified after the cast")]
        return ValueOrigin(column.name, value, texts, "; ".join(applied))
    if column.name in rules:
        return ValueOrigin(column.name, value, texts, rules[column.name])
    if text == value:
        return ValueOrigin(column.name, value, texts, "no value in the file" if text is None else "unchanged")
    rule = f"convert.{cast.cast_function(table, column)}"
    if value is None:
        rule += ": blank text is a missing value" if not (text or "").strip() else ": the text cannot be cast"
    return ValueOrigin(column.name, value, texts, rule)


def api_rules(era: Era, table: str) -> dict[str, str]:
    """Return {column: paths of the document and rules} of a table of the API, from derived.csv."""
    rules: dict[str, list[str]] = {}
    for line in derivation_rules(era, table):
        rules.setdefault(line["target"].partition(".")[2], []).append(f"{line['source_column']}: {line['rule']}")
    return {column: "; ".join(texts) for column, texts in rules.items()}


def applied_corrections(table: str, column: Column, flagged: Sequence[Row]) -> list[str]:
    """Return `correction <name>` for each correction that sets this column to NULL in a row with these flags."""
    names = {flag["flag"] for flag in flagged}
    return [f"correction {name}" for name in corrections.corrections_of(f"{table}.{column.name}") if name in names]


def explain_derived_value(
    table: str, era: Era, column: Column, row: Row, raws: Sequence[RawRow], flagged: Sequence[Row]
) -> ValueOrigin:
    """Return the origin of a value that the era's query derives.

    Its rule lists the lines of derived.csv, then the corrections that set the value to NULL.
    """
    derivations = [line for line in derivation_rules(era, table) if line["target"] == f"{table}.{column.name}"]
    rules = list(dict.fromkeys(derivation["rule"] for derivation in derivations))
    if row[column.name] is None:
        rules += applied_corrections(table, column, flagged)
    texts = {}
    for derivation in derivations:
        name = fold(derivation["source_column"])
        for raw in raws:
            if raw.table == derivation["source_table"]:
                texts[name if raw is raws[0] else f"{raw.table}.{name}"] = raw.texts[name]
    default = "not recorded in this era" if row[column.name] is None else f"set by {era.name}/{table}.sql"
    return ValueOrigin(column.name, row[column.name], texts, "; ".join(rules) or default)
