-- needs: release, release_relation
-- grain: one row per column of each published table and materialized view and era, with the number of rows and of filled cells
-- functions: mart
-- An empty string counts as not filled. The era is null where a relation has none. Each relation is read once, by a query made from the catalog.
with attributes as (
    select
        namespace.nspname as schema_name, class.relname as table_name, attribute.attname as column_name, attribute.attnum as position,
        case when type.typcategory = 'S' then format('nullif(%I, '''')', attribute.attname)
            else quote_ident(attribute.attname) end as filled
    from pg_class as class
    inner join release_relation on release_relation.oid = class.oid
    inner join release on release.id = release_relation.release and release.is_current
    inner join pg_namespace as namespace on namespace.oid = class.relnamespace
    inner join pg_attribute as attribute
        on attribute.attrelid = class.oid and attribute.attnum > 0 and not attribute.attisdropped
    inner join pg_type as type on type.oid = attribute.atttypid
    where is_exported(namespace.nspname, class.relname)
        and class.relkind in ('r', 'm')
),

counts as (
    select
        schema_name, table_name,
        query_to_xml(
            format(
                'select %s as era, count(*) as total, %s from %I.%I group by 1',
                case when bool_or(column_name = 'era') then 'era' else 'null::text' end,
                string_agg(format('count(%s) as c%s', filled, position), ', ' order by position), schema_name, table_name
            ), false, false, ''
        ) as content
    from attributes
    group by schema_name, table_name
),

eras as (
    select counts.schema_name, counts.table_name, one.content, (xpath('/row/era/text()', one.content))[1]::text as era
    from counts
    cross join lateral unnest(xpath('/table/row', counts.content)) as one (content)
)

select
    attributes.schema_name,
    attributes.table_name,
    attributes.column_name,
    eras.era,
    (xpath('/row/total/text()', eras.content))[1]::text::bigint as total,
    (xpath(format('/row/c%s/text()', attributes.position), eras.content))[1]::text::bigint as filled
from attributes
inner join eras on attributes.schema_name = eras.schema_name and attributes.table_name = eras.table_name
order by attributes.schema_name collate "C", attributes.table_name collate "C", attributes.position, eras.era collate "C";
