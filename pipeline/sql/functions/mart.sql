-- needs: audit.relation
-- Functions for users of the database.

-- As WITHHELD in pipeline/export/bundle_files.py.
create or replace function mart.is_withheld(column_name text) returns boolean
language sql immutable parallel safe return column_name in (
    'owner_acft', 'owner_street', 'owner_zip', 'oper_name', 'oper_dba', 'oper_street', 'oper_zip', 'oper_cert_num', 'operator',
    'investigator_in_chg', 'ntsb_notf_from', 'lchg_userid'
);
comment on function mart.is_withheld(text) is
'True for a column that names a person or an address: pages and bundles do not have its values, the database has.';

-- The tables of audit are those of CORRECTION_KEYS in pipeline/tasks/export.py.
create or replace function mart.is_exported(schema_name text, relation_name text) returns boolean
language sql immutable parallel safe return schema_name in ('ntsb', 'mart', 'code_mappings')
or schema_name = 'audit' and relation_name in ('correction', 'applied_correction', 'unapplied_correction');
comment on function mart.is_exported(text, text) is
'True for a table or view of the release that exports, bundles, the data dictionary and the API have.';

create or replace function mart.is_bookkeeping(column_name text) returns boolean
language sql immutable parallel safe return column_name in ('lchg_date', 'lchg_userid', 'search_vector', 'geom');
comment on function mart.is_bookkeeping(text) is
'True for a column that changes with nearly every revision of a row, or that is computed from others.';

create or replace function mart.shorten(value text, max_length integer) returns text
language sql immutable strict parallel safe return case
    when length(value) > max_length then left(value, max_length - 1) || '…'
    else value
end;
comment on function mart.shorten(text, integer) is 'A text of at most max_length characters, the last of which is … where it was longer.';

create or replace function mart.quote_public(column_name text, value text) returns text
language sql immutable parallel safe return case
    when mart.is_withheld(column_name) then 'withheld'
    else coalesce(quote_literal(mart.shorten(value, 60)), 'no value')
end;
comment on function mart.quote_public(text, text) is
'A value of a column for a page: quoted and at most 60 characters, withheld for a withheld column, and no value for null.';

-- Counted on each call, not estimated, so that manual changes are included.
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
'One row per published table and materialized view (ntsb, mart, code_mappings) with its current row count.';

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
            from (select count(*) as copies from ntsb.%I group by %s) as key_counts', table_name, key_columns
        ) into row_count, repeated_keys;
        select count(*) into quarantined_duplicates
        from audit.quarantine
        where lower(source_table) = table_name and reason in ('duplicate', 'duplicate_key', 'copy');
        return next;
    end loop;
end
$$;
comment on function mart.get_duplicate_stats() is
'One row per published table: primary key, row count, number of repeated keys (always 0) and source rows quarantined as duplicates.';

-- `concurrently`, so that readers are not blocked: every materialized view has a unique index.
-- dependencies: each materialized view with every relation that it reads, directly or through other views. A view reads every
-- materialized view that its inputs read, and the inputs themselves, so that ordering by their number puts it after its inputs.
create or replace function mart.refresh_all_materialized_views() returns setof text
language plpgsql as $$
declare
    schema_name text;
    view_name text;
begin
    for schema_name, view_name in
        with recursive dependencies (view_id, input_id) as (
            select oid, oid from pg_class
            where relkind = 'm' and relnamespace = any(array['mart', 'staging', 'code_mappings']::regnamespace [])
            union
            select dependencies.view_id, pg_depend.refobjid
            from dependencies
            inner join pg_rewrite on pg_rewrite.ev_class = dependencies.input_id
            inner join pg_depend on pg_depend.classid = 'pg_rewrite'::regclass and pg_depend.objid = pg_rewrite.oid
            where pg_depend.refclassid = 'pg_class'::regclass
        )
        select view.relnamespace::regnamespace::text, view.relname::text
        from dependencies
        inner join pg_class as view on view.oid = dependencies.view_id
        inner join pg_class as input on input.oid = dependencies.input_id and input.relkind = 'm'
        group by view.oid, view.relnamespace, view.relname
        order by count(*), view.relname collate "C"
    loop
        execute format('refresh materialized view concurrently %I.%I', schema_name, view_name);
        return next view_name;
    end loop;
end
$$;
comment on function mart.refresh_all_materialized_views() is
'Refreshes every materialized view of mart, staging and code_mappings in order of dependency without blocking readers; returns the names.';
