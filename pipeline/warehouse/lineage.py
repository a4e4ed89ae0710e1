"""One row as it stands in its source file: from the raw schema where that still holds the file, else from the file.

Which rows of 1962-1981 a row of the modern tables was made of, and by which lines of the era's derived.csv.

Its source_row is that of the first relation that the era's query needs. The row of the other half of the record, which
has the same RecNum, is looked up where the query reads that too.

Where a published row is from, and what happened to each of its values on the way.

A row of NTSB's own tables is read column by column, by a function of the schema `convert`; then corrections may take
an impossible value out. Rows of 1962-1981 in the modern tables are derived: the era's derived.csv says from what, how.
"""

import csv
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import PipelineError
from pipeline.ingest import access_file, archive, jet4, unpack
from pipeline.postgres.connection import Cursor
from pipeline.sources import Era
from pipeline.warehouse import cast, corrections, raw_tables, sql_file, table_schema, typed
from pipeline.warehouse.quality import flags
from pipeline.warehouse.raw_tables import raw_name
from pipeline.warehouse.table_schema import Column


@dataclass(frozen=True)
class RawRow:
    """A row of an Access table: {column in lower case: text, None where there is no value}, and where it was read."""

    table: str
    number: int
    texts: Mapping[str, str | None]
    read_from: str


@dataclass(frozen=True)
class SourceZip:
    """A source's zip in the archive: the folder of cached targets, and how large its Access file may be."""

    store: Path
    source: str
    sha256: str
    max_gb: float


def read_loaded_row(cursor: Cursor, source: str, table: str, number: int) -> RawRow:
    """A row of raw_<source>.<table>."""
    name = raw_tables.raw_name(table)
    return _fetch_row(cursor, table, number, f'raw_{source.lower()}."{name}"')


def read_archived_row(cursor: Cursor, file: SourceZip, table: str, number: int) -> RawRow:
    """A row of the archived file itself: its table is exported into a temporary one, as it would be landed."""
    path = file.store / "access" / file.sha256 / f"{file.source.lower()}.mdb"
    if path.is_file():
        return read_exported_row(cursor, path, table, number)
    zipped = archive.verify_zip(file.store, file.sha256)
    with tempfile.TemporaryDirectory(prefix="ntsb-why-") as folder:
        unpacked = Path(folder) / path.name
        unpack.unpack_access_file(zipped, unpacked, f"{file.source}.zip", file.max_gb)
        return read_exported_row(cursor, unpacked, table, number)


def read_exported_row(cursor: Cursor, path: Path, table: str, number: int) -> RawRow:
    """A row of an Access file."""
    columns = [f'"{raw_tables.raw_name(column)}"' for column in access_file.list_columns(path, table)]
    typed = ", ".join(f"{column} text" for column in columns)
    cursor.execute("drop table if exists pg_temp.exported")
    cursor.execute(f"create temporary table exported (source_row bigint generated always as identity, {typed})")
    with access_file.export_csv(path, table) as stream:
        cursor.copy_expert(f"copy pg_temp.exported ({', '.join(columns)}) from stdin (format csv)", stream)
    for column, rows in jet4.empty_strings(path, table).items():
        if number in rows:
            query = f'update pg_temp.exported set "{raw_tables.raw_name(column)}" = %s where source_row = %s'
            cursor.execute(query, ("", number))
    return _fetch_row(cursor, table, number, "pg_temp.exported")


def _fetch_row(cursor: Cursor, table: str, number: int, relation: str) -> RawRow:
    cursor.execute(f"select * from {relation} where source_row = %s", (number,))
    row = cursor.fetchone()
    if row is None:
        raise PipelineError(
            f"{table}: expected row {number} in {relation}, found none; `python -m pipeline plan` says what has changed"
        )
    names = [column.name for column in cursor.description or ()]
    texts = {name: text for name, text in zip(names, row, strict=True) if name != "source_row"}
    return RawRow(table, number, texts, relation.partition(".")[0] if "raw_" in relation else "the archived file")


JOINED_ROWS = """
select other.source_row from "{own}" as own inner join "{other}" as other using (source_file, recnum)
where own.source_file = %s and own.source_row = %s
order by other.source_row
"""
MERGED_ROWS = (
    "select source_row from aircraft where ev_id = %s and source_file = %s and source_row <> %s order by source_row"
)


def derivation_rules(era: Era, table: str) -> list[dict[str, str]]:
    """Lines of derived.csv about a modern table: {source_table, source_column, target, rule}."""
    with (era.folder / "derived.csv").open(newline="") as file:
        return [line for line in csv.DictReader(file) if line["target"].startswith(f"{table}.")]


def source_table(era: Era, table: str) -> str:
    """The Access table, in NTSB's spelling, whose row numbers the rows of a published table bear."""
    spelled = {name: spelling for spelling, name in era.tables.items()}
    derived = {path.stem: path for path in typed.derived_files(era)}
    # What a query reads first gives the row; a helper of the era stands on the era's first table.
    first = sql_file.needs(derived[table])[0] if table in derived else table
    return spelled.get(first, next(iter(era.tables)))


def joined_rows(cursor: Cursor, era: Era, table: str, source: str, number: int) -> list[tuple[str, int]]:
    """Rows of other tables, in NTSB's spelling, that the era's query has read for this one by their RecNum."""
    if table in era.tables.values():
        return []
    own, found = source_table(era, table), []
    spelled = {line["source_table"] for line in derivation_rules(era, table)} - {own}
    for other in sorted(spelled):
        # The file's list of codes has no RecNum: what was read there is said by the rule.
        if "recnum" in {column.name for column in table_schema.columns(cursor, era.tables[other])}:
            cursor.execute(JOINED_ROWS.format(own=era.tables[own], other=era.tables[other]), (source, number))
            found += [(other, int(half)) for (half,) in cursor.fetchall()]
    return found


def merged_rows(cursor: Cursor, era: Era, table: str, row: Mapping[str, Any]) -> list[int]:
    """Numbers of the further rows that an event was made of: of a collision, each aircraft is a row of the file."""
    if table != "events" or table in era.tables.values():
        return []
    cursor.execute(MERGED_ROWS, (row["ev_id"], row["source_file"], row["source_row"]))
    return [int(number) for (number,) in cursor.fetchall()]


Row = dict[str, Any]
FLAGS_OF_ROW = """
select flag, source_column, value from audit.flag
where source_file = %s and source_table = %s and source_row = %s
order by flag, source_column
"""
QUARANTINED_ROWS = """
select source_file, source_table, source_row, reason, detail from audit.quarantine
where lower(source_table) = %s and {}
order by source_file, source_row
"""


@dataclass(frozen=True)
class ValueOrigin:
    """One value: as published, the raw columns it is from with their texts, and the rule that made one of the other.

    Columns of another row than the published one's own are named with their table: `tblSecondHalf.visibility`.
    """

    column: str
    published: str | None
    raw: Mapping[str, str | None]
    rule: str


def find_published_row(cursor: Cursor, table: str, values: Sequence[str]) -> Row | None:
    """The published row with that key, every value as text; None where there is none. Raises PipelineError."""
    if table not in table_schema.tables():
        raise PipelineError(f"{table}: expected one of {', '.join(sorted(table_schema.tables()))}")
    key = table_schema.primary_key(cursor, table)
    if len(values) != len(key):
        given = " ".join(values) or "none"
        raise PipelineError(f"{table}: expected the values of its key ({' '.join(key)}), found {given}")
    columns = table_schema.columns(cursor, table)
    shown = ", ".join(f'"{column.name}"::text' for column in columns)
    # Compared as text, so that a word in place of a number finds nothing instead of failing.
    match = " and ".join(f'"{name}"::text = %s' for name in key)
    cursor.execute(f'select {shown} from "{table}" where {match}', list(values))
    found = cursor.fetchone()
    return dict(zip([column.name for column in columns], found, strict=True)) if found else None


def flags_of(cursor: Cursor, era: Era, row: Row, spelled: str) -> list[Row]:
    """Flags on the source row: {flag, column, value, reason}."""
    cursor.execute(FLAGS_OF_ROW, (row["source_file"], spelled, row["source_row"]))
    return [
        {"flag": flag, "column": column, "value": value, "reason": flag_reason(era, spelled, flag)}
        for flag, column, value in cursor.fetchall()
    ]


def flag_reason(era: Era, spelled: str, flag: str) -> str:
    """What a flag's rule says of itself: one name may be the rule of several tables, and of an era's own."""
    said = [rule.reason for rule in flags.rules(era.name) if (rule.flag, rule.table) == (flag, spelled)]
    # The flags that typing raises have no file.
    lost = "the raw text has no typed value" if flag.endswith(("_invalid", "_out_of_range")) else ""
    return said[0] if said else lost


def quarantined_rows(cursor: Cursor, table: str, values: Sequence[str]) -> list[Row]:
    """Rows in quarantine that state this key: {source_file, source_table, source_row, reason, detail}."""
    key = table_schema.primary_key(cursor, table)
    names = [cast.source_column(table, name) for name in key]
    match = " and ".join(f"btrim(raw ->> '{name}') = %s" for name in names)
    cursor.execute(QUARANTINED_ROWS.format(match), [table, *values])
    names = ["source_file", "source_table", "source_row", "reason", "detail"]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def explain_values(
    cursor: Cursor, table: str, era: Era, row: Row, raws: Sequence[RawRow], flagged: Sequence[Row]
) -> list[ValueOrigin]:
    """What happened to each value of the row, in the order of its columns. `raws`: its own raw row, then the halves."""
    is_derived, raw = table not in era.tables.values(), raws[0]
    columns = table_schema.columns(cursor, table)
    typed = {} if is_derived else cast_values(cursor, table, columns, raw)
    found = []
    for column in columns:
        if column.derived:
            found.append(ValueOrigin(column.name, row[column.name], {}, "derived by the database from other columns"))
        elif column.name in cast.PROVENANCE_COLUMNS:
            found.append(ValueOrigin(column.name, row[column.name], {}, "set by the pipeline"))
        elif is_derived:
            found.append(explain_derived_value(table, era, column, row, raws, flagged))
        else:
            found.append(explain_source_value(table, column, row, raw, typed, flagged))
    return found


def cast_values(cursor: Cursor, table: str, columns: Sequence[Column], raw: RawRow) -> dict[str, str | None]:
    """{column: typed value as text} of the raw row, by the functions that have typed it."""
    pairs = [(column, cast.source_column(table, column.name)) for column in cast.source_columns(columns)]
    pairs = [(column, name) for column, name in pairs if name in raw.texts]
    items = ", ".join(f"convert.{cast.cast_function(table, column)}(%s)::text" for column, _ in pairs)
    cursor.execute(f"select {items}", [raw.texts[name] for _, name in pairs])
    values = cursor.fetchone() or ()
    return {column.name: value for (column, _), value in zip(pairs, values, strict=True)}


def explain_source_value(
    table: str, column: Column, row: Row, raw: RawRow, typed: Mapping[str, str | None], flagged: Sequence[Row]
) -> ValueOrigin:
    """A value that the file states."""
    name, value = cast.source_column(table, column.name), row[column.name]
    if column.name not in typed:
        return ValueOrigin(column.name, value, {}, "the file has no such column")
    text = raw.texts[name]
    texts = {name: text}
    if typed[column.name] != value:
        rules = applied_corrections(table, column, flagged)
        return ValueOrigin(column.name, value, texts, "; ".join(rules) or "changed after it was typed")
    if text == value:
        return ValueOrigin(column.name, value, texts, "no value in the file" if text is None else "as it stands")
    rule = f"convert.{cast.cast_function(table, column)}"
    if value is None:
        rule += ": blank text is no value" if not (text or "").strip() else ": no such value can be read from it"
    return ValueOrigin(column.name, value, texts, rule)


def applied_corrections(table: str, column: Column, flagged: Sequence[Row]) -> list[str]:
    """The corrections that have emptied this column of a row with such flags, in words."""
    raised = {each["flag"] for each in flagged}
    return [f"correction {name}" for name in corrections.corrections_of(f"{table}.{column.name}") if name in raised]


def explain_derived_value(
    table: str, era: Era, column: Column, row: Row, raws: Sequence[RawRow], flagged: Sequence[Row]
) -> ValueOrigin:
    """A value that the era's own query has made; what a correction has emptied says so."""
    lines = [line for line in derivation_rules(era, table) if line["target"] == f"{table}.{column.name}"]
    rules = list(dict.fromkeys(line["rule"] for line in lines))
    if row[column.name] is None:
        rules += applied_corrections(table, column, flagged)
    texts = {}
    for line in lines:
        name = raw_name(line["source_column"])
        for raw in raws:
            if raw.table == line["source_table"]:
                texts[name if raw is raws[0] else f"{raw.table}.{name}"] = raw.texts[name]
    unsaid = "the records of this era do not have it" if row[column.name] is None else f"set by {era.name}/{table}.sql"
    return ValueOrigin(column.name, row[column.name], texts, "; ".join(rules) or unsaid)
