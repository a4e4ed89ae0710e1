-- needs: history.row_version, history.moved_run
-- grain: functions that say what a table held in an earlier release, from its rows and the history since.

-- Rows of a table as they stood at a place of the history, from what it holds at a later place; `scope` limits the rows.
create or replace function history.stood(shape anyelement, place integer, until integer, scope text) returns setof anyelement
language plpgsql stable set extra_float_digits = 1 as $body$
declare
    relation regclass := (select typrelid::regclass from pg_type where oid = pg_typeof(shape));
    columns record := history.table_columns(relation);
    table_name text := (select relname from pg_class where oid = relation);
    stored text [];
    all_columns text;
    written text;
    rebuilt text;
begin
    select
        array_agg(attname::text order by attnum) filter (where attgenerated = ''),
        string_agg(case
            when attgenerated <> '' then format('(%s)::%s', pg_get_expr(adbin, adrelid), format_type(atttypid, atttypmod))
            when atttypid = 'tsvector'::regtype
                then format('coalesce(%I, convert.full_text(narr_cause, narr_accp, narr_inc, narr_accf))', attname)
            else quote_ident(attname)
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
    into stored, all_columns, written, rebuilt
    from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
    where attrelid = relation and attnum > 0 and not attisdropped;
    return query execute format(
        $query$
        with since as (select * from history.row_version where table_name = %1$L and change >= %2$s and change < %3$s),
        first as (select distinct on (row_key) * from since order by row_key, change),
        content as (select distinct on (row_key) * from since where kind <> 'moved' order by row_key, change)
        select %4$s from (%5$s) as as_it_stood
        $query$,
        table_name, place, until, all_columns, history.walked(format(
            $query$
            select %1$s, coalesce(first.change, %2$s) as since
            from (select *, %3$s as row_key from %4$s %5$s) as now
            left join first using (row_key)
            left join content using (row_key)
            where content.row_key is null
            union all
            select %6$s, first.change from content inner join first using (row_key)
            cross join lateral jsonb_populate_record(null::%4$s, content.earlier) as stood
            where first.kind <> 'new'
            $query$, written, until, columns.key_text, relation, scope, rebuilt), stored, table_name, place, until));
end
$body$;
