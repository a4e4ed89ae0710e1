-- needs: history.row_version, audit.release
-- grain: the function that readers ask what a published table held in an earlier release.

-- A published table as it stood in a release: `select * from history.as_of(null::ntsb.events, '<release>')`.
-- Rows of other relations are not in the history: today's would come back as if they were the earlier release's.
create or replace function history.as_of(shape anyelement, release text) returns setof anyelement
language plpgsql stable as $$
declare
    tables text [] := array(
        select relname from pg_class where relnamespace = to_regnamespace('contract') and relkind = 'r' order by relname collate "C"
    );
begin
    if not exists (
        select from pg_type inner join pg_class on pg_class.oid = typrelid
        where
            pg_type.oid = pg_typeof(shape) and relnamespace = to_regnamespace('ntsb') and relkind = 'r' and relname = any(tables)
    ) then
        raise exception 'history.as_of: expected a table of NTSB''s in the schema ntsb (%), found %',
            array_to_string(tables, ', '), pg_typeof(shape)
            using hint = format(
                'the history holds rows of these tables alone; to look at views of the release, bring it back where it is kept '
                '(`python -m pipeline rollback %s`), or, in a copy of this store, publish its snapshot '
                '(`luigi --module pipeline AllReports --snapshot %s`)',
                release, coalesce((select snapshot from audit.release as named where named.id = as_of.release), 'ID')
            );
    end if;
    return query select * from history.stood(shape, history.place(release), 2147483647, '');
end
$$;
