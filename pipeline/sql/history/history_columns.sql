-- needs: nothing
-- grain: a function that lists columns of a table as the history needs them.

-- A table's column lists: key (less source_file: a table keyed by line has one file at a time), derived columns.
drop function if exists history.table_columns(regclass);
create or replace function history.table_columns(
    relation regclass, out key_list text, out key_text text, out derived text [], out of_events boolean
)
language sql stable as $$
    select
        string_agg(quote_ident(attname), ', ' order by place) filter (where place > 0 and attname <> 'source_file'),
        format('jsonb_build_array(%s)::text', string_agg(quote_ident(attname), ', ' order by place)
            filter (where place > 0 and attname <> 'source_file')),
        coalesce(array_agg(attname::text) filter (where audit.is_derived(pg_attribute)), '{}'),
        coalesce(bool_or(attname = 'ev_id'), false)
    from pg_attribute
    cross join lateral (
        select coalesce((
            select array_position(conkey, attnum) from pg_constraint where conrelid = attrelid and contype = 'p'
        ), 0)
    ) as key (place)
    where attrelid = relation and attnum > 0 and not attisdropped
$$;
