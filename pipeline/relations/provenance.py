"""Where a published row is from, and what happened to each of its values on the way.

A row of NTSB's own tables is read column by column, by a function of the schema `convert`; then corrections may take
an impossible value out. Rows of 1962-1981 in the modern tables are derived: the era's derived.csv says from what, how.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.access.landing import raw_name
from pipeline.eras import Era
from pipeline.errors import PipelineError
from pipeline.postgres import Cursor
from pipeline.relations import contract, conversion, corrections, derivation, flags
from pipeline.relations.contract import Column
from pipeline.relations.rawrow import RawRow

Row = dict[str, Any]
FLAGS = """
select flag, source_column, value from audit.flag
where source_file = %s and source_table = %s and source_row = %s
order by flag, source_column
"""
HELD = """
select source_file, source_table, source_row, reason, detail from audit.quarantine
where lower(source_table) = %s and {}
order by source_file, source_row
"""


@dataclass(frozen=True)
class Value:
    """One value: as published, the raw columns it is from with their texts, and the rule that made one of the other.

    Columns of another row than the published one's own are named with their table: `tblSecondHalf.visibility`.
    """

    column: str
    published: str | None
    raw: Mapping[str, str | None]
    rule: str


def find(cursor: Cursor, table: str, values: Sequence[str]) -> Row | None:
    """The published row with that key, every value as text; None where there is none. Raises PipelineError."""
    if table not in contract.tables():
        raise PipelineError(f"{table}: expected one of {', '.join(sorted(contract.tables()))}")
    key = contract.primary_key(cursor, table)
    if len(values) != len(key):
        given = " ".join(values) or "none"
        raise PipelineError(f"{table}: expected the values of its key ({' '.join(key)}), found {given}")
    columns = contract.columns(cursor, table)
    shown = ", ".join(f'"{column.name}"::text' for column in columns)
    # Compared as text, so that a word in place of a number finds nothing instead of failing.
    match = " and ".join(f'"{name}"::text = %s' for name in key)
    cursor.execute(f'select {shown} from "{table}" where {match}', list(values))
    found = cursor.fetchone()
    return dict(zip([column.name for column in columns], found, strict=True)) if found else None


def flags_of(cursor: Cursor, era: Era, row: Row, spelled: str) -> list[Row]:
    """Flags on the source row: {flag, column, value, reason}."""
    cursor.execute(FLAGS, (row["source_file"], spelled, row["source_row"]))
    return [
        {"flag": flag, "column": column, "value": value, "reason": reason(era, spelled, flag)}
        for flag, column, value in cursor.fetchall()
    ]


def reason(era: Era, spelled: str, flag: str) -> str:
    """What a flag's rule says of itself: one name may be the rule of several tables, and of an era's own."""
    said = [rule.reason for rule in flags.rules(era.name) if (rule.flag, rule.table) == (flag, spelled)]
    # The flags that typing raises have no file.
    lost = "the raw text has no typed value" if flag.endswith(("_invalid", "_out_of_range")) else ""
    return said[0] if said else lost


def held(cursor: Cursor, table: str, values: Sequence[str]) -> list[Row]:
    """Rows in quarantine that state this key: {source_file, source_table, source_row, reason, detail}."""
    key = contract.primary_key(cursor, table)
    names = [conversion.raw_column(table, name) for name in key]
    match = " and ".join(f"btrim(raw ->> '{name}') = %s" for name in names)
    cursor.execute(HELD.format(match), [table, *values])
    names = ["source_file", "source_table", "source_row", "reason", "detail"]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def explain(
    cursor: Cursor, table: str, era: Era, row: Row, raws: Sequence[RawRow], flagged: Sequence[Row]
) -> list[Value]:
    """What happened to each value of the row, in the order of its columns. `raws`: its own raw row, then the halves."""
    is_derived, raw = table not in era.tables.values(), raws[0]
    columns = contract.columns(cursor, table)
    typed = {} if is_derived else converted(cursor, table, columns, raw)
    found = []
    for column in columns:
        if column.derived:
            found.append(Value(column.name, row[column.name], {}, "derived by the database from other columns"))
        elif column.name in conversion.OWN:
            found.append(Value(column.name, row[column.name], {}, "set by the pipeline"))
        elif is_derived:
            found.append(derived(table, era, column, row, raws, flagged))
        else:
            found.append(stated(table, column, row, raw, typed, flagged))
    return found


def converted(cursor: Cursor, table: str, columns: Sequence[Column], raw: RawRow) -> dict[str, str | None]:
    """{column: typed value as text} of the raw row, by the functions that have typed it."""
    pairs = [(column, conversion.raw_column(table, column.name)) for column in conversion.stated(columns)]
    pairs = [(column, name) for column, name in pairs if name in raw.texts]
    items = ", ".join(f"convert.{conversion.converter(table, column)}(%s)::text" for column, _ in pairs)
    cursor.execute(f"select {items}", [raw.texts[name] for _, name in pairs])
    values = cursor.fetchone() or ()
    return {column.name: value for (column, _), value in zip(pairs, values, strict=True)}


def stated(
    table: str, column: Column, row: Row, raw: RawRow, typed: Mapping[str, str | None], flagged: Sequence[Row]
) -> Value:
    """A value that the file states."""
    name, value = conversion.raw_column(table, column.name), row[column.name]
    if column.name not in typed:
        return Value(column.name, value, {}, "the file has no such column")
    text = raw.texts[name]
    texts = {name: text}
    if typed[column.name] != value:
        rules = corrected(table, column, flagged)
        return Value(column.name, value, texts, "; ".join(rules) or "changed after it was typed")
    if text == value:
        return Value(column.name, value, texts, "no value in the file" if text is None else "as it stands")
    rule = f"convert.{conversion.converter(table, column)}"
    if value is None:
        rule += ": blank text is no value" if not (text or "").strip() else ": no such value can be read from it"
    return Value(column.name, value, texts, rule)


def corrected(table: str, column: Column, flagged: Sequence[Row]) -> list[str]:
    """The corrections that have emptied this column of a row with such flags, in words."""
    raised = {each["flag"] for each in flagged}
    return [f"correction {name}" for name in corrections.of_column(f"{table}.{column.name}") if name in raised]


def derived(table: str, era: Era, column: Column, row: Row, raws: Sequence[RawRow], flagged: Sequence[Row]) -> Value:
    """A value that the era's own query has made; what a correction has emptied says so."""
    lines = [line for line in derivation.lines(era, table) if line["target"] == f"{table}.{column.name}"]
    rules = list(dict.fromkeys(line["rule"] for line in lines))
    if row[column.name] is None:
        rules += corrected(table, column, flagged)
    texts = {}
    for line in lines:
        name = raw_name(line["source_column"])
        for raw in raws:
            if raw.table == line["source_table"]:
                texts[name if raw is raws[0] else f"{raw.table}.{name}"] = raw.texts[name]
    unsaid = "the records of this era do not have it" if row[column.name] is None else f"set by {era.name}/{table}.sql"
    return Value(column.name, row[column.name], texts, "; ".join(rules) or unsaid)
