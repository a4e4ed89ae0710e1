-- needs: history.row_version
-- grain: one row per event of history_revised: {table: [row, ...]} where they are wanted, and a hash of them that heeds
-- content only. Columns go by name and a missing value is null: two different contents have two different texts.
drop function if exists history.whole_events(regclass []);
create or replace function history.whole_events(relations regclass [], with_rows boolean)
returns table (ev_id text, rows jsonb, content_hash text)
language plpgsql set extra_float_digits = 1 as $body$
declare
    parts text;
begin
    select string_agg(format(
        $part$select ev_id, %L as name, %s as full_rows,
            jsonb_agg(body - '{era,source_file,source_row}'::text [] order by place) as content
        from (
            select ev_id, to_jsonb(each_row) - %L::text [] as body, row_number() over (order by %s collate "C") as place
            from %s as each_row
            where ev_id in (select ev_id from history_revised)
        ) as bodies group by ev_id$part$,
        (select relname from pg_class where oid = relation),
        case when with_rows then 'jsonb_agg(body order by place)' else 'null::jsonb' end, (columns).derived, (columns).key_text, relation), ' union all ')
    into parts
    from (select relation, history.table_columns(relation) as columns from unnest(relations) as relation) as described;
    return query execute format(
        $query$select ev_id, jsonb_object_agg(name, full_rows), md5(jsonb_object_agg(name, content)::text)
        from (%s) as each_table group by ev_id$query$, parts);
end
$body$;
