-- needs: audit.relation
-- Functions for those who use the database.

-- Readers may go on looking: every materialized view of mart has a unique index.
create or replace function mart.refresh_all_materialized_views() returns setof text
language plpgsql as $$
declare
    view_name text;
begin
    for view_name in
        select matviewname from pg_matviews where schemaname = 'mart' order by matviewname collate "C"
    loop
        execute format('refresh materialized view concurrently mart.%I', view_name);
        return next view_name;
    end loop;
end
$$;
comment on function mart.refresh_all_materialized_views() is
'Refreshes every materialized view of mart without holding readers up; returns their names.';
