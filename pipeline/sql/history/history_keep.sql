-- needs: history.row_version, history.moved_run, history_compared, history_run
-- grain: functions that write down how a table differs between a release and the next.

-- Makes a table of each row's key and places before and after; of an event table, of the events that `touched` lists.
create or replace function history.compare_rows(was regclass, now regclass, touched regclass, target text) returns void
language plpgsql set extra_float_digits = 1 as $body$
declare
    columns record := history.table_columns(now);
    earlier text;
    later text;
begin
    select
        string_agg(format('earlier.%I', attname), ', ' order by attnum),
        string_agg(format('later.%I', attname), ', ' order by attnum)
    into earlier, later
    from pg_attribute
    where attrelid = now and attnum > 0 and not attisdropped and not audit.is_derived(pg_attribute)
        and attname not in ('era', 'source_file', 'source_row')
        and attname in (select was_of.attname from pg_attribute as was_of where was_of.attrelid = was and not was_of.attisdropped);
    execute format(
        $query$
        create %7$s as
        select
            %1$s, earlier.era as was_era, earlier.source_file as was_file, earlier.source_row as was_row,
            later.era as now_era, later.source_file as now_file, later.source_row as now_row,
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
        columns.key_list, earlier, later, was, now,
        case when columns.of_events then format('where ev_id in (select ev_id from %s)', touched) else '' end, target);
end
$body$;

drop function if exists history.keep_rows(integer, regclass, regclass);
-- Writes the rows of history_compared that differ. Where as many as `together` only moved, they are written as history_run
-- has them; null: never.
create or replace function history.keep_rows(change integer, was regclass, now regclass, together bigint) returns void
language plpgsql set extra_float_digits = 1 as $body$
declare
    columns record := history.table_columns(now);
    name text := (select relname from pg_class where oid = now);
    written text := 'same';
begin
    if together is not null then
        if (
            select sum(rows) filter (where kind = 'moved') >= together and bool_or(is_of_several) is not true from history_run
        ) then
            written := 'moved';
            insert into history.moved_run
            select keep_rows.change, name, now_era, now_file, first_row, last_row, run.rows, was_file, was_row, was_era
            from history_run as run where kind = written;
        end if;
    end if;
    execute format(
        $query$
        insert into history.row_version
        select %1$s, %2$L, %3$s, %4$s, kind, was_era, was_file, was_row,
            case when kind in ('revised', 'withdrawn') then to_jsonb(earlier) - %5$L::text [] end,
            case when kind in ('revised', 'new') then to_jsonb(later) - %5$L::text [] end
        from history_compared as compared
        left join %6$s as earlier using (%8$s)
        left join %7$s as later using (%8$s)
        where kind not in ('same', %9$L)
        $query$,
        change, name, columns.key_text, case when columns.of_events then 'ev_id' else 'null' end, columns.derived, was, now,
        columns.key_list, written);
end
$body$;
