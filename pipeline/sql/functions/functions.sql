-- needs: audit.relation
-- Functions for those who use the database.

-- Counted now, not estimated, so that a table somebody has edited tells the truth.
create or replace function mart.get_row_counts()
returns table (schema_name text, relation_name text, row_count bigint)
language plpgsql stable as $$
begin
    for schema_name, relation_name in
        select nspname::text, relname::text
        from pg_class inner join pg_namespace on pg_namespace.oid = relnamespace
        where nspname in ('ntsb', 'mart', 'code_mappings') and relkind in ('r', 'm')
        order by nspname collate "C" desc, relname collate "C"
    loop
        execute format('select count(*) from %I.%I', schema_name, relation_name) into row_count;
        return next;
    end loop;
end
$$;
comment on function mart.get_row_counts() is
'One row per published table and materialized view (ntsb, mart, code_mappings), with its rows as they are now.';

create or replace function mart.get_duplicate_stats()
returns table (table_name text, key_columns text, row_count bigint, repeated_keys bigint, quarantined_duplicates bigint)
language plpgsql stable as $$
begin
    for table_name, key_columns in
        select relname::text, string_agg(quote_ident(attname), ', ' order by array_position(conkey, attnum))
        from pg_class
        inner join pg_constraint on conrelid = pg_class.oid and contype = 'p'
        inner join pg_attribute on attrelid = pg_class.oid and attnum = any(conkey)
        where relnamespace = 'ntsb'::regnamespace and relkind = 'r'
        group by relname
        order by relname collate "C"
    loop
        execute format(
            'select coalesce(sum(copies), 0), count(*) filter (where copies > 1)
            from (select count(*) as copies from ntsb.%I group by %s) as counted', table_name, key_columns
        ) into row_count, repeated_keys;
        select count(*) into quarantined_duplicates
        from audit.quarantine
        where lower(source_table) = table_name and reason in ('duplicate', 'duplicate_key', 'copy');
        return next;
    end loop;
end
$$;
comment on function mart.get_duplicate_stats() is
'One row per published table: its key, its rows, keys that are there twice (none may be), and source rows held back as duplicates.';
