-- needs: history.row_version, history.moved_run, history_compared, history_run, history_revised
-- Functions that record a change from one release to the next.

-- Inserts the rows of history_compared that differ. If at least min_run_rows rows only moved, these are inserted as the runs of
-- history_run instead; min_run_rows null: never.
create or replace function history.record_rows(
    change integer, earlier_table regclass, later_table regclass, min_run_rows bigint
) returns void
language plpgsql set extra_float_digits = 1 as $body$
declare
    columns record := history.table_columns(later_table);
    name text := (select relname from pg_class where oid = later_table);
    recorded_as_runs text := 'same';
begin
    if min_run_rows is not null then
        if (
            select sum(rows) filter (where kind = 'moved') >= min_run_rows and bool_or(is_ambiguous) is not true from history_run
        ) then
            recorded_as_runs := 'moved';
            insert into history.moved_run
            select
                record_rows.change, name, later_era, later_file, first_row, last_row, run.rows,
                earlier_file, earlier_row, earlier_era
            from history_run as run where kind = 'moved';
        end if;
    end if;
    execute format(
        $query$
        insert into history.row_version
        select %1$s, %2$L, %3$s, %4$s, kind, earlier_era, earlier_file, earlier_row,
            case when kind in ('revised', 'withdrawn') then to_jsonb(earlier) - %5$L::text [] end,
            case when kind in ('revised', 'new') then to_jsonb(later) - %5$L::text [] end
        from history_compared as compared
        left join %6$s as earlier using (%8$s)
        left join %7$s as later using (%8$s)
        where kind not in ('same', %9$L)
        $query$,
        change, name, columns.key_text, case when columns.has_events then 'ev_id' else 'null' end, columns.derived,
        earlier_table, later_table, columns.key_list, recorded_as_runs);
end
$body$;

-- Records `change` as the reversal of change `reversed`, without reading any published table: new rows are withdrawn, withdrawn
-- rows are new, revised rows get their earlier content.
create or replace function history.reverse_rows(change integer, reversed integer) returns void
language plpgsql as $body$
begin
    insert into history.row_version
    select
        reverse_rows.change, table_name, row_key, ev_id,
        case kind when 'new' then 'withdrawn' when 'withdrawn' then 'new' else kind end,
        later ->> 'era', later ->> 'source_file', (later ->> 'source_row')::bigint, later, earlier
    from history.row_version as version where version.change = reversed and kind <> 'moved';
    insert into history.moved_run
    select
        reverse_rows.change, table_name, earlier_era, earlier_file, earlier_row, earlier_row + last_row - first_row, rows,
        source_file, first_row, era
    from history.moved_run as run where run.change = reversed;
end
$body$;

-- The same for rows that moved singly: row_version has their earlier source location only; the later one is read from the table.
create or replace function history.reverse_moved_rows(change integer, reversed integer, relation regclass) returns void
language plpgsql as $body$
declare
    columns record := history.table_columns(relation);
begin
    execute format(
        $query$
        with moved as (
            select * from history.row_version
            where change = %1$s and kind = 'moved' and table_name = (select relname from pg_class where oid = %2$L::regclass)
        )
        insert into history.row_version
        select %3$s, table_name, row_key, moved.ev_id, kind, located.era, located.source_file, located.source_row
        from moved
        inner join (
            select *, %4$s as located_key from %2$s %5$s
        ) as located on located.located_key = moved.row_key
        $query$,
        reversed, relation, change, columns.key_text,
        case when columns.has_events then 'where ev_id in (select ev_id from moved)' else '' end);
end
$body$;

-- One row per event of history_revised: {table: [row, ...]} if with_rows, and an md5 of its content. Values are keyed by column
-- name and missing values are null, so that different contents have different texts.
create or replace function history.event_contents(relations regclass [], with_rows boolean)
returns table (ev_id text, rows jsonb, content_hash text)
language plpgsql set extra_float_digits = 1 as $body$
declare
    table_queries text;
begin
    select string_agg(format(
        $query$select ev_id, %L as name, %s as full_rows,
            jsonb_agg(body - '{era,source_file,source_row}'::text [] order by position) as content
        from (
            select ev_id, to_jsonb(published_row) - %L::text [] as body, row_number() over (order by %s collate "C") as position
            from %s as published_row
            where ev_id in (select ev_id from history_revised)
        ) as bodies group by ev_id$query$,
        (select relname from pg_class where oid = relation),
        case when with_rows then 'jsonb_agg(body order by position)' else 'null::jsonb' end,
        (columns).derived, (columns).key_text, relation), ' union all ')
    into table_queries
    from (select relation, history.table_columns(relation) as columns from unnest(relations) as relation) as described;
    return query execute format(
        $query$select ev_id, jsonb_object_agg(name, full_rows), md5(jsonb_object_agg(name, content)::text)
        from (%s) as contents group by ev_id$query$, table_queries);
end
$body$;
