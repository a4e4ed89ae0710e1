-- needs: column_ledger, release, release_relation
-- grain: one row per column of each published table, view and mapping table, in column order
-- functions: mart
with origin as (
    select
        target,
        string_agg(distinct source_file collate "C", ', ' order by source_file collate "C") as source_files,
        string_agg(
            distinct (source_table || '.' || source_column) collate "C", ', '
            order by (source_table || '.' || source_column) collate "C"
        ) as source_columns
    from column_ledger
    where fate = 'typed'
    group by target
),

keyed as (
    select
        constraint_row.conrelid,
        unnest(constraint_row.conkey) as position,
        max(constraint_row.contype::text) as kind
    from pg_constraint as constraint_row
    where constraint_row.contype in ('p', 'f')
    group by constraint_row.conrelid, unnest(constraint_row.conkey)
)

select
    namespace.nspname as schema_name,
    class.relname as table_name,
    obj_description(class.oid, 'pg_class') as table_comment,
    attribute.attnum as position,
    attribute.attname as column_name,
    format_type(attribute.atttypid, attribute.atttypmod)
    || case when attribute.attgenerated <> '' or attribute.atttypid = 'tsvector'::regtype then ', derived' else '' end as column_type,
    case keyed.kind when 'p' then 'primary' when 'f' then 'foreign' end as key,
    col_description(class.oid, attribute.attnum) as meaning,
    origin.source_columns,
    origin.source_files
from pg_class as class
-- The release, without scores, which are published later.
inner join release_relation on release_relation.oid = class.oid
inner join release on release.id = release_relation.release and release.is_current
inner join pg_namespace as namespace on namespace.oid = class.relnamespace
inner join pg_attribute as attribute
    on attribute.attrelid = class.oid and attribute.attnum > 0 and not attribute.attisdropped
left join keyed on keyed.conrelid = class.oid and keyed.position = attribute.attnum
left join origin on origin.target = concat_ws('.', namespace.nspname, class.relname, attribute.attname)
where is_exported(namespace.nspname, class.relname)
    and class.relkind in ('r', 'v', 'm')
order by
    array_position(array['ntsb', 'mart', 'code_mappings', 'audit'], namespace.nspname::text), class.relname collate "C",
    attribute.attnum
