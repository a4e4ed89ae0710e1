-- needs: eadmspub_datadictionary, ct_iaids, states
-- grain: one row per table, column and code that NTSB's dictionaries explain; names are in lower case, codes in upper case
-- kind: view
-- Code lists are repeated across files and rows. Of several meanings of a code the first one by trust, era, file and row is used.
-- column: table_name Table of the column, in lower case.
-- column: column_name Column with the code, in lower case.
-- column: code Code, trimmed and in upper case.
with dictionary as (
    select
        lower(btrim("table")) as table_name,
        lower(btrim("column")) as column_name,
        btrim(ct_name) as list_name,
        convert.to_code(code_iaids) as code,
        btrim(meaning) as meaning,
        era,
        source_file,
        source_row
    from eadmspub_datadictionary
),

lists as (
    select distinct table_name, column_name, list_name
    from dictionary
    where list_name <> ''
),

meanings as (
    -- The table of states is more reliable than the dictionary, whose list mixes states with countries.
    select 'events' as table_name, 'ev_state' as column_name, convert.to_code(state) as code, btrim(name) as meaning,
        1 as trust, era, source_file, source_row
    from states
    union all
    select table_name, column_name, code, meaning, 2, era, source_file, source_row
    from dictionary
    union all
    -- Codes that are missing in the dictionary but present in the list it refers to.
    select lists.table_name, lists.column_name, convert.to_code(ct_iaids.code_iaids), btrim(ct_iaids.meaning),
        3, ct_iaids.era, ct_iaids.source_file, ct_iaids.source_row
    from lists
    inner join ct_iaids on btrim(ct_iaids.ct_name) = lists.list_name
)

select distinct on (table_name, column_name, code)
    table_name,
    column_name,
    code,
    meaning,
    source_file,
    source_row
from meanings
where code <> '' and meaning <> '' and column_name <> '' and table_name <> ''
order by
    table_name,
    column_name,
    code,
    trust,
    era collate "C",
    source_file collate "C",
    source_row
