-- needs: history.row_version
-- grain: one row per published row whose content is another in release_b than in release_a, whatever lay between them.
create or replace function history.difference(release_a text, release_b text)
returns table (table_name text, row_key text, ev_id text, kind text, earlier jsonb, later jsonb)
language sql stable as $$
    with bounds as (select history.place(release_a) as a, history.place(release_b) as b),
    ends as (
        select
            version.table_name, version.row_key, max(version.ev_id) as ev_id,
            (array_agg(version.earlier order by version.change))[1] as oldest,
            (array_agg(version.later order by version.change desc))[1] as newest
        from history.row_version as version, bounds
        where version.kind <> 'moved' and version.change >= least(a, b) and version.change < greatest(a, b)
        group by version.table_name, version.row_key
    ),
    turned as (
        select
            ends.*, case when a <= b then oldest else newest end as earlier, case when a <= b then newest else oldest end as later
        from ends, bounds
    )
    select
        table_name, row_key, ev_id,
        case when earlier is null then 'new' when later is null then 'withdrawn' else 'revised' end, earlier, later
    from turned
    where
        earlier - '{era,source_file,source_row}'::text [] is distinct from later - '{era,source_file,source_row}'::text []
$$;
