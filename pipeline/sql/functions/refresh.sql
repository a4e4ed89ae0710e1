-- needs: audit.relation
-- A function that fills the materialized views anew after somebody has edited published tables.

-- Readers may go on looking: every materialized view has a unique index.
-- `reads`: a view, and all that it reads by itself or through other views. Who reads a materialized view reads all that this one
-- reads and one more, so the number of them puts every view after those it reads.
create or replace function mart.refresh_all_materialized_views() returns setof text
language plpgsql as $$
declare
    schema_name text;
    view_name text;
begin
    for schema_name, view_name in
        with recursive reads (view_id, read_id) as (
            select oid, oid from pg_class
            where relkind = 'm' and relnamespace in (to_regnamespace('mart'), to_regnamespace('code_mappings'))
            union
            select reads.view_id, pg_depend.refobjid
            from reads
            inner join pg_rewrite on pg_rewrite.ev_class = reads.read_id
            inner join pg_depend on pg_depend.classid = 'pg_rewrite'::regclass and pg_depend.objid = pg_rewrite.oid
            where pg_depend.refclassid = 'pg_class'::regclass
        )
        select view.relnamespace::regnamespace::text, view.relname::text
        from reads
        inner join pg_class as view on view.oid = reads.view_id
        inner join pg_class as read on read.oid = reads.read_id and read.relkind = 'm'
        group by view.oid, view.relnamespace, view.relname
        order by count(*), view.relname collate "C"
    loop
        execute format('refresh materialized view concurrently %I.%I', schema_name, view_name);
        return next view_name;
    end loop;
end
$$;
comment on function mart.refresh_all_materialized_views() is
'Refreshes every materialized view of mart and code_mappings, read before reading, without holding readers up; returns their names.';
