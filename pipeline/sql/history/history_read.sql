-- needs: history.row_version, history.moved_run, audit.release
-- Functions that return the rows of a published table in an earlier release.

-- Wraps a query of a table's rows so that rows which moved in runs get back the source location they had at from_change. `located_query`
-- returns the named columns and `valid_before`: the change before which a row had the source location in the query. Each change
-- is undone separately, the newest first, because a run gives the location just before its change.
create or replace function history.undo_moves(
    located_query text, columns text [], name text, from_change integer, until_change integer
) returns text
language plpgsql stable as $body$
declare
    number integer;
    column_list text := (
        select string_agg(case
            when col = 'era' then 'coalesce(runs.earlier_era, located.era) as era'
            when col = 'source_file' then 'coalesce(runs.earlier_file, located.source_file) as source_file'
            when col = 'source_row' then 'coalesce(runs.earlier_row, located.source_row) as source_row'
            else format('located.%I', col)
        end, ', ' order by position)
        from unnest(columns) with ordinality as listed (col, position)
    );
begin
    for number in
        select distinct change from history.moved_run
        where table_name = name and change >= from_change and change < until_change
        order by change desc
    loop
        located_query := format(
            $query$
            select %1$s, located.valid_before from (%2$s) as located
            left join (
                select
                    source_file as later_file, first_row + step as later_row,
                    earlier_file, earlier_row + step as earlier_row, earlier_era
                from history.moved_run cross join generate_series(0, last_row - first_row) as step
                where change = %3$s and table_name = %4$L
            ) as runs
                on runs.later_file = located.source_file and runs.later_row = located.source_row
                and located.valid_before > %3$s
            $query$, column_list, located_query, number, name);
    end loop;
    return located_query;
end
$body$;

-- Rows of a table before change from_change, given that the table holds the rows before until_change. `scope`: a where clause
-- that limits the rows of the table, or ''.
create or replace function history.rows_at(shape anyelement, from_change integer, until_change integer, scope text)
returns setof anyelement
language plpgsql stable set extra_float_digits = 1 as $body$
declare
    relation regclass := (select typrelid::regclass from pg_type where oid = pg_typeof(shape));
    columns record := history.table_columns(relation);
    table_name text := (select relname from pg_class where oid = relation);
    stored text [];
    all_columns text;
    unchanged_columns text;
    changed_columns text;
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
                then format('case when first.row_key is null then present.%1$I else first.%1$I end as %1$I', attname)
            else format('present.%I', attname)
        end, ', ' order by attnum) filter (where attgenerated = ''),
        string_agg(case
            when attname in ('era', 'source_file', 'source_row') then format('first.%I', attname)
            else format('restored.%I', attname)
        end, ', ' order by attnum) filter (where attgenerated = '')
    into stored, all_columns, unchanged_columns, changed_columns
    from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
    where attrelid = relation and attnum > 0 and not attisdropped;
    return query execute format(
        $query$
        with versions as (select * from history.row_version where table_name = %1$L and change >= %2$s and change < %3$s),
        first as (select distinct on (row_key) * from versions order by row_key, change),
        content as (select distinct on (row_key) * from versions where kind <> 'moved' order by row_key, change)
        select %4$s from (%5$s) as earlier
        $query$,
        table_name, from_change, until_change, all_columns, history.undo_moves(format(
            $query$
            select %1$s, coalesce(first.change, %2$s) as valid_before
            from (select *, %3$s as row_key from %4$s %5$s) as present
            left join first using (row_key)
            left join content using (row_key)
            where content.row_key is null
            union all
            select %6$s, first.change from content inner join first using (row_key)
            cross join lateral jsonb_populate_record(null::%4$s, content.earlier) as restored
            where first.kind <> 'new'
            $query$, unchanged_columns, until_change, columns.key_text, relation, scope, changed_columns),
            stored, table_name, from_change, until_change));
end
$body$;

-- A published table in an earlier release: `select * from history.as_of(null::ntsb.events, '<release>')`.
-- Other relations are refused: the history does not hold their rows, so that today's rows would be returned.
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
        raise exception 'history.as_of: expected a table in the schema ntsb (%), found %',
            array_to_string(tables, ', '), pg_typeof(shape)
            using hint = format(
                'only these tables have a history; to read views of that release, roll back to it if it is kept '
                '(`python -m pipeline rollback %s`), or publish its snapshot in a copy of this store '
                '(`luigi --module pipeline AllReports --snapshot %s`)',
                release, coalesce((select snapshot from audit.release as listed where listed.id = as_of.release), 'ID')
            );
    end if;
    -- Not cached: the plan would fail in a session that has read the table before its definition changed.
    return query execute 'select * from history.rows_at($1, $2, 2147483647, '''')' using shape, history.change_number(release);
end
$$;
