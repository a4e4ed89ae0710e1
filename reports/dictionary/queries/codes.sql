-- needs: code_meanings, codes_in_use, release, release_relation
-- grain: one row per coded column of NTSB's tables and code in use, with its meaning, null where no list explains it, and its number of cells
-- functions: mart
-- Characters that XML does not have are shown as a question mark.
with coded as (
    select distinct code_meanings.table_name, code_meanings.column_name
    from code_meanings
    inner join pg_class as class on class.relname = code_meanings.table_name
    inner join release_relation on release_relation.oid = class.oid
    inner join release on release.id = release_relation.release and release.is_current
    inner join pg_namespace as namespace on namespace.oid = class.relnamespace and namespace.nspname = 'ntsb'
    inner join pg_attribute as attribute
        on attribute.attrelid = class.oid and attribute.attname = code_meanings.column_name and attribute.attnum > 0
    where not is_withheld(code_meanings.column_name)
),

counts as (
    select
        table_name, column_name,
        query_to_xml(
            format(
                'select regexp_replace(code, %1$L, ''?'', ''g'') as code, count(*) as times '
                'from (select convert.to_code(%2$I::text) as code from %3$I.%4$I) as cells where code <> '''' group by 1',
                '[\x01-\x1F\x7F\uFFFE\uFFFF]', column_name, 'ntsb', table_name
            ), false, false, ''
        ) as content
    from coded
),

used as (
    select counts.table_name, counts.column_name, code.code, code.times
    from counts
    cross join lateral xmltable('/table/row' passing counts.content columns code text path 'code', times bigint path 'times') as code
),

explained as (
    select used.table_name, used.column_name, used.code, code_meanings.meaning, used.times
    from used
    left join code_meanings
        on used.table_name = code_meanings.table_name and used.column_name = code_meanings.column_name and used.code = code_meanings.code
    union all
    -- Some lists are of several columns, or of a combination of two: only those with the name of a column are shown.
    select codes_in_use.relation, attribute.attname, codes_in_use.code, codes_in_use.meaning, codes_in_use.times
    from codes_in_use
    inner join release_relation on release_relation.target_schema = 'ntsb' and release_relation.name = codes_in_use.relation
    inner join release on release.id = release_relation.release and release.is_current
    inner join pg_attribute as attribute
        on attribute.attrelid = release_relation.oid and attribute.attname = lower(codes_in_use.field)
    where attribute.attname not in ('acft_model_code', 'engin_model')
)

select table_name, column_name, code, meaning, times
from explained
order by table_name collate "C", column_name collate "C", times desc, code collate "C";
