-- needs: release, release_relation
-- grain: one row per column of a published relation that a view of the release reads, with the names of these views by PostgreSQL's catalog
-- functions: mart
-- A view of the schema staging has the column under its own name or, cleaned, with _code: what reads that one reads the column, too.
with recursive current_relation as (
    select class.oid, class.relname::text as relname, namespace.nspname
    from release_relation
    inner join release on release.id = release_relation.release and release.is_current
    inner join pg_class as class on class.oid = release_relation.oid
    inner join pg_namespace as namespace on namespace.oid = class.relnamespace
),

link as materialized (
    select distinct attribute.attrelid as relation, attribute.attname::text as column_name, rule.ev_class as reader
    from pg_depend as dependency
    inner join pg_rewrite as rule on dependency.classid = 'pg_rewrite'::regclass and dependency.objid = rule.oid
    inner join pg_attribute as attribute
        on dependency.refclassid = 'pg_class'::regclass and attribute.attrelid = dependency.refobjid
        and attribute.attnum = dependency.refobjsubid
    where attribute.attnum > 0 and rule.ev_class <> attribute.attrelid
        and attribute.attrelid in (select current_relation.oid from current_relation)
        and rule.ev_class in (select current_relation.oid from current_relation)
),

reading as (
    select relation, column_name, reader from link
    union
    select reading.relation, reading.column_name, link.reader
    from reading
    inner join current_relation as staged on staged.oid = reading.reader and staged.nspname = 'staging'
    inner join link
        on link.relation = reading.reader and link.column_name in (reading.column_name, reading.column_name || '_code')
)

select
    read_relation.relname as table_name,
    reading.column_name,
    string_agg(distinct reader.relname collate "C", ', ' order by reader.relname collate "C") as views
from reading
inner join current_relation as read_relation on read_relation.oid = reading.relation
inner join current_relation as reader on reader.oid = reading.reader
where is_exported(read_relation.nspname, read_relation.relname)
group by read_relation.relname, reading.column_name
order by read_relation.relname collate "C", reading.column_name collate "C";
