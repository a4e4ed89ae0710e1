"""Unknown codes: codes in the rows of a file that its own code lists do not explain, counted while the file is cast.

The lists are NTSB's data dictionary, the lists of ct_iaids that it refers to, and the tables of states and countries.
Columns that the dictionary gives no list have that of a column with the same kind of codes; two have only reviewed
codes (code_supplement). The file of 1962-1981 has no such tables; the view codes_in_use counts its codes.
"""

from collections.abc import Iterable, Mapping

from psycopg2 import sql

from pipeline.postgres.connection import Cursor
from pipeline.warehouse import table_schema

CREATE_TABLE = """
create table unknown_code (
    source_table text, source_column text, code text, uses bigint, primary key (source_table, source_column, code)
)
"""
CODE_TABLES = {"eadmspub_datadictionary", "ct_iaids", "states", "country"}

# One row per published table, column and code. The dictionary has wildcards: 100XXX is a phase of flight and XXX241 an
# event of the sequence, XXXXXXXX10 a modifier, 01022300XX a finding with any modifier.
KNOWN_CODES = """
create temporary table known_code on commit drop as
with dictionary as (
    select lower(btrim("table")) as table_name, lower(btrim("column")) as column_name, btrim(ct_name) as list_name,
        convert.to_code(code_iaids) as code
    from eadmspub_datadictionary
),

codes as (
    select table_name, column_name, code from dictionary
    union
    select 'events', 'ev_state', convert.to_code(state) from states
    union
    select 'events', 'ev_country', convert.to_code(country_code) from country
    union
    select dictionary.table_name, dictionary.column_name, convert.to_code(ct_iaids.code_iaids)
    from dictionary inner join ct_iaids on btrim(ct_iaids.ct_name) = dictionary.list_name
    where dictionary.list_name <> ''
    -- The dictionary lacks some columns of the tables dt_*; the name of their list is that of the column.
    union
    select row_tables.name, rtrim(substr(btrim(ct_iaids.ct_name), 4), '0123456789'), convert.to_code(code_iaids)
    from ct_iaids cross join (values ('dt_aircraft'), ('dt_events'), ('dt_flight_crew')) as row_tables (name)
    where btrim(ct_iaids.ct_name) like 'ct#_%' escape '#'
),

-- Columns without a list of their own, and the column whose list they use.
same_codes (table_name, column_name, list_table, list_column) as (
    values
    ('aircraft', 'dest_state', 'events', 'ev_state'), ('aircraft', 'dprt_state', 'events', 'ev_state'),
    ('aircraft', 'oper_state', 'events', 'ev_state'), ('aircraft', 'owner_state', 'events', 'ev_state'),
    ('flight_crew', 'crew_res_state', 'events', 'ev_state'),
    ('aircraft', 'dest_country', 'events', 'ev_country'), ('aircraft', 'dprt_country', 'events', 'ev_country'),
    ('aircraft', 'oper_country', 'events', 'ev_country'), ('aircraft', 'owner_country', 'events', 'ev_country'),
    ('flight_crew', 'crew_res_country', 'events', 'ev_country'),
    ('aircraft', 'dprt_timezn', 'events', 'ev_tmzn'), ('events', 'wx_obs_tmzn', 'events', 'ev_tmzn'),
    ('findings', 'cause_factor', 'seq_of_events', 'cause_factor'),
    ('dt_events', 'turb_fc_type', 'dt_events', 'turb_type')
),

listed as (
    select distinct
        table_name,
        case
            when column_name = 'occurrence_code' and code ~ '^[0-9]{3}X{3}$' then 'phase_no'
            when column_name = 'occurrence_code' and code ~ '^X{3}[0-9]{3}$' then 'eventsoe_no'
            when column_name = 'findings_code' then 'finding_code'
            -- landing_gear1 has the codes of landing_gear.
            when table_name like 'dt#_%' escape '#' then rtrim(column_name, '0123456789')
            else column_name
        end as column_name,
        case when code ~ '^(X{2,}[0-9]+|[0-9]+X{2,})$' then btrim(code, 'X') else code end as code
    from (
        select * from codes
        union all
        select same_codes.table_name, same_codes.column_name, codes.code
        from same_codes inner join codes
            on same_codes.list_table = codes.table_name and same_codes.list_column = codes.column_name
    ) as codes
    where table_name <> '' and column_name <> '' and code <> ''
    union all
    values
    -- No code of these columns is in a list; code_supplement explains those in use.
    ('findings', 'cm_inpc', ''), ('ntsb_admin', 'rec_stat', ''), ('dt_events', 'launch', ''),
    ('dt_events', 'followup_travel', ''),
    -- Severity and statistics depend on these columns: all of their codes are reported if a file lacks the list.
    ('events', 'ev_highest_injury', ''), ('events', 'ev_type', ''), ('events', 'light_cond', ''),
    ('events', 'wx_cond_basic', ''), ('aircraft', 'acft_category', ''), ('aircraft', 'damage', ''),
    ('aircraft', 'far_part', ''), ('aircraft', 'type_fly', ''), ('injury', 'inj_person_category', ''),
    ('injury', 'injury_level', '')
)

select table_name, column_name, code from listed
union all
-- The name of the column of a row is a code itself.
select distinct table_name, 'col_name', upper(column_name) from listed where table_name like 'dt#_%' escape '#'
"""

INSERT = """
insert into unknown_code
select %(name)s, used.column_name, left(used.code, 60), sum(used.uses)
from ({used}) as used
where used.code <> ''
    and used.column_name in (select column_name from known_code where table_name = %(table)s)
    and (used.column_name, used.code) not in (select column_name, code from known_code where table_name = %(table)s)
group by used.column_name, left(used.code, 60)
"""
# The tables dt_* have one row per code of a column, which col_name names.
USED_IN_ROWS = """
with used as materialized (
    select rtrim(lower(col_name), '0123456789') as column_name, convert.to_code(code) as code, count(*) as uses
    from {table} group by col_name, code
)

select column_name, code, uses from used
union all
select 'col_name', upper(column_name), sum(uses)::bigint from used group by column_name
"""
# All columns are grouped in one scan; in the groups of one column, the others are NULL.
USED_IN_COLUMNS = """
select case {names} end as column_name, convert.to_code(coalesce({texts})) as code, count(*) as uses
from {table} group by grouping sets ({sets})
"""


def record_unknown_codes(cursor: Cursor, names: Mapping[str, str]) -> None:
    """Add a row to `unknown_code` per unknown code of a file. `names`: {published table: its name in the file}.

    The search_path must find the cast tables.
    """
    if not names.keys() >= CODE_TABLES:
        return
    cursor.execute(KNOWN_CODES)
    cursor.execute("select table_name, column_name from known_code group by 1, 2 order by 1, 2")
    coded: dict[str, list[str]] = {}
    for table, column in cursor.fetchall():
        coded.setdefault(table, []).append(column)
    for table in sorted(coded.keys() & names.keys()):
        columns = {column.name for column in table_schema.columns(cursor, table)}
        if used := used_codes(table, columns, coded[table]):
            cursor.execute(sql.SQL(INSERT).format(used=used), {"name": names[table], "table": table})
    cursor.execute("drop table known_code")


def used_codes(table: str, columns: set[str], coded: Iterable[str]) -> sql.Composable | None:
    """Return a query for (column_name, code, uses) of a table; None if it has none of the coded columns."""
    if {"col_name", "code"} <= columns:
        return sql.SQL(USED_IN_ROWS).format(table=sql.Identifier(table))
    codes = {column: code_expression(column) for column in coded if column in columns}
    if not codes:
        return None
    name = sql.SQL("when grouping({}) = 0 then {}")
    return sql.SQL(USED_IN_COLUMNS).format(
        table=sql.Identifier(table),
        names=sql.SQL(" ").join(name.format(code, sql.Literal(column)) for column, code in codes.items()),
        texts=sql.SQL(", ").join(sql.SQL("{}::text").format(code) for code in codes.values()),
        sets=sql.SQL(", ").join(sql.SQL("({})").format(code) for code in codes.values()),
    )


def code_expression(column: str) -> sql.Composable:
    """Return the code of a column as the lists write it. The last two digits of a finding are its modifier."""
    name = sql.Identifier(column)
    return sql.SQL("left({}, 8)").format(name) if column == "finding_code" else name
