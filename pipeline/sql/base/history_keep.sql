-- needs: history.row_version
-- grain: functions that write down how a table differs between a release and the next.

-- A table's column lists: key (less source_file: a table keyed by line has one file at a time), derived columns.
drop function if exists history.table_columns(regclass);
create or replace function history.table_columns(relation regclass, out key_list text, out key_text text, out derived text [])
language sql stable as $$
    select
        string_agg(quote_ident(attname), ', ' order by place) filter (where place > 0 and attname <> 'source_file'),
        format('jsonb_build_array(%s)::text', string_agg(quote_ident(attname), ', ' order by place)
            filter (where place > 0 and attname <> 'source_file')),
        coalesce(array_agg(attname::text) filter (where audit.is_derived(pg_attribute)), '{}')
    from pg_attribute
    cross join lateral (
        select coalesce((
            select array_position(conkey, attnum) from pg_constraint where conrelid = attrelid and contype = 'p'
        ), 0)
    ) as key (place)
    where attrelid = relation and attnum > 0 and not attisdropped
$$;

-- Which rows of `was` are not in `now` as they stand; of an event table only those of the events in history_touched.
create or replace function history.keep_rows(change integer, was regclass, now regclass) returns void
language plpgsql set extra_float_digits = 1 as $body$
declare
    columns record := history.table_columns(now);
    of_events boolean;
    scope text := '';
    earlier text;
    later text;
begin
    select
        bool_or(attname = 'ev_id'),
        string_agg(format('earlier.%I', attname), ', ' order by attnum),
        string_agg(format('later.%I', attname), ', ' order by attnum)
    into of_events, earlier, later
    from pg_attribute
    where attrelid = now and attnum > 0 and not attisdropped and not audit.is_derived(pg_attribute)
        and attname not in ('era', 'source_file', 'source_row')
        and attname in (select was_of.attname from pg_attribute as was_of where was_of.attrelid = was and not was_of.attisdropped);
    if of_events then
        scope := 'where ev_id in (select ev_id from history_touched)';
    end if;
    execute format(
        $query$
        insert into history.row_version
        select %1$s, %2$L, %3$s, %4$s, kind, (earlier).era, (earlier).source_file, (earlier).source_row,
            case when kind in ('revised', 'withdrawn') then to_jsonb(earlier) - %5$L::text [] end,
            case when kind in ('revised', 'new') then to_jsonb(later) - %5$L::text [] end
        from (
            select %6$s, earlier, later,
                case
                    when earlier.source_row is null then 'new'
                    when later.source_row is null then 'withdrawn'
                    when row(%7$s) is distinct from row(%8$s) then 'revised'
                    when row(earlier.era, earlier.source_file, earlier.source_row)
                        is distinct from row(later.era, later.source_file, later.source_row) then 'moved'
                end as kind
            from (select * from %9$s %11$s) as earlier
            full join (select * from %10$s %11$s) as later using (%6$s)
            -- Lest the planner compares each row once for every mention of its kind.
            offset 0
        ) as compared
        where kind is not null
        $query$,
        change, (select relname from pg_class where oid = now), columns.key_text,
        case when of_events then 'ev_id' else 'null' end, columns.derived, columns.key_list, earlier, later, was, now, scope);
end
$body$;
