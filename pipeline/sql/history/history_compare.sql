-- needs: history.row_version, history.moved_run
-- Functions that compare the rows of two releases.

-- Column lists of a table: key columns without source_file (a table keyed by source row has one file at a time) as a list and
-- as an expression for row_key, derived columns, and whether it has ev_id.
create or replace function history.table_columns(
    relation regclass, out key_list text, out key_text text, out derived text [], out has_events boolean
)
language sql stable as $$
    select
        string_agg(quote_ident(attname), ', ' order by position) filter (where position > 0 and attname <> 'source_file'),
        format('jsonb_build_array(%s)::text', string_agg(quote_ident(attname), ', ' order by position)
            filter (where position > 0 and attname <> 'source_file')),
        coalesce(array_agg(attname::text) filter (where audit.is_derived(pg_attribute)), '{}'),
        coalesce(bool_or(attname = 'ev_id'), false)
    from pg_attribute
    cross join lateral (
        select coalesce((
            select array_position(conkey, attnum) from pg_constraint where conrelid = attrelid and contype = 'p'
        ), 0)
    ) as key (position)
    where attrelid = relation and attnum > 0 and not attisdropped
$$;

-- Creates `target` with one row per key of either table: source location before and after, and the kind of change. Of tables
-- with ev_id, only the events listed in `events` are compared.
create or replace function history.compare_rows(
    earlier_table regclass, later_table regclass, events regclass, target text
) returns void
language plpgsql set extra_float_digits = 1 as $body$
declare
    columns record := history.table_columns(later_table);
    earlier_columns text;
    later_columns text;
begin
    select
        string_agg(format('earlier.%I', attname), ', ' order by attnum),
        string_agg(format('later.%I', attname), ', ' order by attnum)
    into earlier_columns, later_columns
    from pg_attribute
    where attrelid = later_table and attnum > 0 and not attisdropped and not audit.is_derived(pg_attribute)
        and attname not in ('era', 'source_file', 'source_row')
        and attname in (
            select own.attname from pg_attribute as own where own.attrelid = earlier_table and not own.attisdropped
        );
    execute format(
        $query$
        create %7$s as
        select
            %1$s, earlier.era as earlier_era, earlier.source_file as earlier_file, earlier.source_row as earlier_row,
            later.era as later_era, later.source_file as later_file, later.source_row as later_row,
            case
                when earlier.source_file is null then 'new'
                when later.source_file is null then 'withdrawn'
                when row(%2$s) is distinct from row(%3$s) then 'revised'
                when row(earlier.era, earlier.source_file, earlier.source_row)
                    is distinct from row(later.era, later.source_file, later.source_row) then 'moved'
                else 'same'
            end as kind
        from (select * from %4$s %6$s) as earlier
        full join (select * from %5$s %6$s) as later using (%1$s)
        $query$,
        columns.key_list, earlier_columns, later_columns, earlier_table, later_table,
        case when columns.has_events then format('where ev_id in (select ev_id from %s)', events) else '' end, target);
end
$body$;

-- Creates `target` with one row per run of consecutive rows of equal content in a comparison. is_ambiguous: several rows share a
-- source row before or after, so that the run does not determine which of them became which.
create or replace function history.create_runs(comparison text, target text) returns void
language plpgsql as $body$
begin
    execute format(
        $query$
        create %1$s as
        with compared as (
            select
                *,
                later_file = lag(later_file) over by_row and later_row = lag(later_row) over by_row as is_repeated,
                row(kind, later_era, later_file, earlier_file, earlier_era)
                = lag(row(kind, later_era, later_file, earlier_file, earlier_era)) over by_row
                and later_row - lag(later_row) over by_row = earlier_row - lag(earlier_row) over by_row
                and later_row - lag(later_row) over by_row <= 1 as continues_run
            from %2$s where kind in ('moved', 'same')
            window by_row as (order by later_file collate "C", later_row, earlier_row)
        ),
        numbered as (
            select
                *,
                count(*) filter (where continues_run is not true)
                    over (order by later_file collate "C", later_row, earlier_row) as run
            from compared
        ),
        runs as (
            select
                min(kind) as kind, min(later_era) as later_era, min(later_file) as later_file, min(later_row) as first_row,
                max(later_row) as last_row, count(*) as rows, min(earlier_file) as earlier_file,
                min(earlier_row) as earlier_row, max(earlier_row) as earlier_last_row, min(earlier_era) as earlier_era,
                bool_or(is_repeated and continues_run is not true) as is_repeated
            from numbered group by run
        )
        select
            kind, later_era, later_file, first_row, last_row, rows, earlier_file, earlier_row, earlier_era,
            is_repeated or earlier_row <= max(earlier_last_row) over (
                partition by earlier_file order by earlier_row rows between unbounded preceding and 1 preceding
            ) as is_ambiguous
        from runs
        $query$, target, comparison);
end
$body$;

-- One row per published row whose content differs between release_a and release_b, whatever happened in between.
create or replace function history.difference(release_a text, release_b text)
returns table (table_name text, row_key text, ev_id text, kind text, earlier jsonb, later jsonb)
language sql stable as $$
    with bounds as (select history.change_number(release_a) as a, history.change_number(release_b) as b),
    versions as (
        select
            version.table_name, version.row_key, max(version.ev_id) as ev_id,
            (array_agg(version.earlier order by version.change))[1] as oldest,
            (array_agg(version.later order by version.change desc))[1] as newest
        from history.row_version as version, bounds
        where version.kind <> 'moved' and version.change >= least(a, b) and version.change < greatest(a, b)
            and not exists (
                select from history.event_version as event
                where event.ev_id = version.ev_id and event.change = version.change and event.kind = 'source'
            )
        group by version.table_name, version.row_key
    ),
    directed as (
        select
            versions.*, case when a <= b then oldest else newest end as earlier,
            case when a <= b then newest else oldest end as later
        from versions, bounds
    )
    select
        table_name, row_key, ev_id,
        case when earlier is null then 'new' when later is null then 'withdrawn' else 'revised' end, earlier, later
    from directed
    where
        earlier - '{era,source_file,source_row}'::text [] is distinct from later - '{era,source_file,source_row}'::text []
$$;
