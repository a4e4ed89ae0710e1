-- needs: history.row_version, history.moved_run
-- grain: functions that write down the way back from the last change.

-- What came goes again, and what was revised says again what it said: no row of any table need be looked at.
create or replace function history.turn_rows(change integer, last integer) returns void
language plpgsql as $body$
begin
    insert into history.row_version
    select
        turn_rows.change, table_name, row_key, ev_id,
        case kind when 'new' then 'withdrawn' when 'withdrawn' then 'new' else kind end,
        later ->> 'era', later ->> 'source_file', (later ->> 'source_row')::bigint, later, earlier
    from history.row_version as way where way.change = last and kind <> 'moved';
    insert into history.moved_run
    select
        turn_rows.change, table_name, earlier_era, earlier_file, earlier_row, earlier_row + last_row - first_row, rows,
        source_file, first_row, era
    from history.moved_run as way where way.change = last;
end
$body$;

-- Of a row that moved alone the history has the earlier place only: the later one is in the table as it is now.
create or replace function history.turn_moved(change integer, last integer, now regclass) returns void
language plpgsql as $body$
declare
    columns record := history.table_columns(now);
begin
    execute format(
        $query$
        with way as (
            select * from history.row_version
            where change = %1$s and kind = 'moved' and table_name = (select relname from pg_class where oid = %2$L::regclass)
        )
        insert into history.row_version
        select %3$s, table_name, row_key, way.ev_id, kind, placed.era, placed.source_file, placed.source_row
        from way
        inner join (
            select *, %4$s as key from %2$s %5$s
        ) as placed on placed.key = way.row_key
        $query$,
        last, now, change, columns.key_text, case when columns.of_events then 'where ev_id in (select ev_id from way)' else '' end);
end
$body$;
