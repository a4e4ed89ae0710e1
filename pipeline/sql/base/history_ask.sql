-- needs: history.change, history.row_version
-- grain: functions that say what an earlier release held, and how two releases differ, from the current rows and history.

-- The place of a release in the history: it stood before the change of that number. The newest where it has several.
create or replace function history.place(release text) returns integer
language plpgsql stable as $$
declare
    found integer;
begin
    select greatest(max(number) filter (where release_from = release), max(number + 1) filter (where release_to = release))
    into found
    from history.change;
    if found is null then
        raise exception 'release % is not in the history of this database', release
        using hint = 'known are: ' || coalesce((select string_agg(distinct release_to, ', ') from history.change), 'none');
    end if;
    if exists (
        select from (
            select number, release_from, lag(release_to) over (order by number) as stood from history.change
            union all
            select max(number) + 1, (select id from audit.release where is_current), (array_agg(release_to order by number desc))[1]
            from history.change
        ) as change
        where number >= found and number > 1 and release_from <> stood
    ) then
        raise exception 'the history of this database has a gap after release %', release
        using hint = 'it can be built again from its snapshot (audit.release), in a store of its own';
    end if;
    return found;
end
$$;

-- A published table as it stood in a release: `select * from history.as_of(null::ntsb.events, '<release>')`.
create or replace function history.as_of(shape anyelement, release text) returns setof anyelement
language plpgsql stable set extra_float_digits = 1 as $body$
declare
    relation regclass := (select typrelid::regclass from pg_type where oid = pg_typeof(shape));
    columns record := history.table_columns(relation);
    all_columns text;
    written text;
    rebuilt text;
begin
    select
        string_agg(case
            when attgenerated = '' then quote_ident(attname)
            else format('(%s)::%s', pg_get_expr(adbin, adrelid), format_type(atttypid, atttypmod))
        end, ', ' order by attnum),
        string_agg(case
            when attname in ('era', 'source_file', 'source_row')
                then format('case when first.row_key is null then now.%1$I else first.%1$I end as %1$I', attname)
            else format('now.%I', attname)
        end, ', ' order by attnum) filter (where attgenerated = ''),
        string_agg(case
            when attname in ('era', 'source_file', 'source_row') then format('first.%I', attname)
            else format('stood.%I', attname)
        end, ', ' order by attnum) filter (where attgenerated = '')
    into all_columns, written, rebuilt
    from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
    where attrelid = relation and attnum > 0 and not attisdropped;
    return query execute format(
        $query$
        with since as (select * from history.row_version where table_name = %1$L and change >= %2$s),
        first as (select distinct on (row_key) * from since order by row_key, change),
        content as (select distinct on (row_key) * from since where kind <> 'moved' order by row_key, change)
        select %3$s from (
            select %4$s from (select *, %7$s as row_key from %6$s) as now
            left join first using (row_key)
            left join content using (row_key)
            where content.row_key is null
            union all
            select %5$s from content inner join first using (row_key)
            cross join lateral jsonb_populate_record(null::%6$s, content.earlier) as stood
            where first.kind <> 'new'
        ) as as_it_stood
        $query$,
        (select relname from pg_class where oid = relation), history.place(release), all_columns, written, rebuilt, relation,
        columns.key_text);
end
$body$;
