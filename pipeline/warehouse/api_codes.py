"""Raw rows of the Enterprise API as they are cast: with the ev_id of the Access files, and codes instead of texts.

The API has no ev_id. A case is the event of the Access files with its NTSB number; else the one whose ev_id ends in its
key, as all have since 2020-09-28; else it keeps `API-` and its key. Where several events have the number, the one whose
ev_id ends in the key is chosen, then the nearest date, then the lowest ev_id.

A text becomes its code in sources/api/texts: first that of spellings.csv, the API's own wording, then that of NTSB's
code lists in code_lists.csv, then that of the code lists in the Access files. A text without a code stays as it is and
is listed in `unknown_code`.
"""

import csv
from collections.abc import Mapping, Sequence

from psycopg2.extras import execute_values
from psycopg2.sql import SQL, Composable, Identifier, Literal

from pipeline.postgres.connection import Cursor
from pipeline.sources import api_era
from pipeline.warehouse import cast, table_schema
from pipeline.warehouse.raw_names import raw_schema, typed_schema

# In order of precedence.
TEXT_FILES = ("spellings.csv", "code_lists.csv")

CREATE_IDS = """
create temporary table api_event on commit drop as
with numbered as (
    select
        ev_id as api_id, btrim(ntsb_no) as ntsb_no, convert.to_date(ev_date) as ev_date,
        case when ev_id ~ '^API-[0-9]{{6}}$' then right(ev_id, 6) end as suffix
    from {raw}
),

known as ({known}),

matches as (
    select numbered.api_id, known.ev_id, 1 as trust, known.suffix is not distinct from numbered.suffix as has_key,
        abs(known.ev_date - numbered.ev_date) as days
    from numbered inner join known on known.ntsb_no = numbered.ntsb_no
    union all
    select numbered.api_id, known.ev_id, 2, true, abs(known.ev_date - numbered.ev_date)
    from numbered inner join known on known.suffix = numbered.suffix
),

chosen as (
    select distinct on (api_id) * from matches
    order by api_id, trust, has_key desc, days nulls last, ev_id collate "C"
)

-- An event of the Access files is one case only.
select distinct on (ev_id) api_id, ev_id from chosen
order by ev_id, trust, has_key desc, days nulls last, api_id collate "C"
"""
KNOWN_EVENTS = """
select distinct ev_id, btrim(ntsb_no) as ntsb_no, ev_date,
    case when ev_id ~ '^[0-9]{{14}}$' and ev_id >= '20200928' then right(ev_id, 6) end as suffix
from {}
"""
NO_EVENTS = "select null::text as ev_id, null::text as ntsb_no, null::date as ev_date, null::text as suffix where false"

CREATE_TEXTS = """
create temporary table api_text (
    table_name text, column_name text, text text, code text, trust integer
) on commit drop
"""
# Access files write the meaning of a code in several places and spellings: the first by code is used.
INSERT_LISTED = """
insert into api_text
select listed.table_name, listed.column_name, upper(convert.to_words(listed.meaning)), min(listed.code collate "C"),
    {trust}
from (
    select lower(btrim("table")) as table_name, rtrim(lower(btrim("column")), '0123456789') as column_name,
        btrim(meaning) as meaning, convert.to_code(code_iaids) as code
    from {dictionary}
) as listed
where listed.code <> '' and listed.meaning <> ''
    and exists (
        select from api_text where api_text.table_name = listed.table_name and api_text.column_name = listed.column_name
    )
group by 1, 2, 3
"""
CREATE_CODES = """
create temporary table api_code on commit drop as
select distinct on (table_name, column_name, text) table_name, column_name, text, code
from api_text
where text <> ''
order by table_name, column_name, text, trust;
analyze api_code
"""
CODED_COLUMNS = "select column_name from api_code where table_name = %s group by column_name order by column_name"

INSERT_UNKNOWN = """
insert into unknown_code
select {name}, {column}, left({text}, 60), count(*)
from {relation} as raw
where {text} <> '' and not exists (
    select from api_code
    where api_code.table_name = {table} and api_code.column_name = {column} and api_code.code = {text}
)
group by left({text}, 60)
on conflict do nothing
"""


def prepare(cursor: Cursor, source: str, identified_by: Sequence[str]) -> None:
    """Create the temporary tables api_event (api_id, ev_id) and api_code (table_name, column_name, text, code).

    `identified_by`: cast Access files, in order.
    """
    selects = [SQL(KNOWN_EVENTS).format(Identifier(typed_schema(other), "events")) for other in identified_by]
    known = SQL(" union ").join(selects) if selects else SQL(NO_EVENTS)
    cursor.execute(SQL(CREATE_IDS).format(raw=Identifier(raw_schema(source), "events"), known=known))
    cursor.execute("analyze api_event")
    cursor.execute(CREATE_TEXTS)
    execute_values(cursor, "insert into api_text values %s", _read_texts(), page_size=1000)
    for trust, other in enumerate(reversed(identified_by), len(TEXT_FILES)):
        dictionary = Identifier(typed_schema(other), "eadmspub_datadictionary")
        cursor.execute(SQL(INSERT_LISTED).format(dictionary=dictionary, trust=Literal(trust)))
    cursor.execute(CREATE_CODES)


def _read_texts() -> list[tuple[str, str, str, str, int]]:
    """Return (table, column, text in upper case, code, precedence) of the lines of the CSV files."""
    rows = []
    for trust, name in enumerate(TEXT_FILES):
        with (api_era().folder / "texts" / name).open(newline="", encoding="utf-8") as file:
            for line in csv.DictReader(file):
                text = " ".join(line["text"].split()).upper()
                rows.append((line["table_name"], line["column_name"], text, line["code"], trust))
    return rows


def create_coded_table(cursor: Cursor, source: str, table: str, columns: Sequence[str]) -> None:
    """Create the temporary table raw_<table>: raw_<source>.<table> with other event ids, and codes instead of texts.

    Columns of the schema that the API does not have are NULL, because flag rules read them.
    """
    cursor.execute(CODED_COLUMNS, (table,))
    coded = [column for (column,) in cursor.fetchall()]
    values: list[Composable] = [SQL("coalesce(api_event.ev_id, raw.ev_id) as ev_id")]
    joins: list[Composable] = []
    for column in [column for column in columns if column != "ev_id"]:
        is_listed = column == "code" and "col_name" in columns
        if column not in coded and not is_listed:
            values.append(Identifier("raw", column))
            continue
        alias, text = Identifier(f"code_{column}"), Identifier("raw", column)
        name = SQL("rtrim(raw.col_name, '0')") if is_listed else Literal(column)
        values.append(SQL("coalesce({}.code, {}) as {}").format(alias, text, Identifier(column)))
        join = SQL("left join api_code as {0} on {0}.table_name = {1} and {0}.column_name = {2} and {0}.text = {3}")
        joins.append(join.format(alias, Literal(table), name, SQL("upper(convert.to_words({}))").format(text)))
    if table == "events":
        values.append(SQL("raw.is_modern"))
    expected = [cast.source_column(table, c.name) for c in cast.source_columns(table_schema.columns(cursor, table))]
    values += [SQL("null::text as {}").format(Identifier(name)) for name in expected if name not in columns]
    cursor.execute(
        SQL("create temporary table {} on commit drop as select raw.source_row, {} from {} as raw {} {}").format(
            Identifier(f"raw_{table}"),
            SQL(", ").join(values),
            Identifier(raw_schema(source), table),
            SQL("left join api_event on api_event.api_id = raw.ev_id"),
            SQL(" ").join(joins),
        )
    )
    cursor.execute(SQL("analyze {}").format(Identifier(f"raw_{table}")))


def record_unknown_texts(cursor: Cursor, names: Mapping[str, str], raw: Mapping[str, Sequence[str]]) -> None:
    """Add a row to `unknown_code` per text without a code.

    `names`: {table: its name in the file}; `raw`: {table: its columns}.
    """
    for table, name in names.items():
        cursor.execute(CODED_COLUMNS, (table,))
        for (column,) in cursor.fetchall():
            relation: Composable = Identifier(f"raw_{table}")
            if "col_name" in raw[table]:
                rows = SQL("(select code as {} from {} where rtrim(col_name, '0') = {})")
                relation = rows.format(Identifier(column), relation, Literal(column))
            statement = SQL(INSERT_UNKNOWN).format(
                name=Literal(name),
                table=Literal(table),
                column=Literal(column),
                text=Identifier("raw", column),
                relation=relation,
            )
            cursor.execute(statement)
