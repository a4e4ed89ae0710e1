-- needs: audit.relation
-- What the database knows already: a check need not look for it in millions of rows.

-- The tables whose rows a name stands for: itself, or the published table and its incremental update that a view combines.
create or replace function audit.tables_behind(name text) returns oid []
language sql stable as $$
    select coalesce(
        (
            select array[signed.shaped_as, to_regclass(format('incremental.%I', name))]::oid []
            from audit.relation as signed
            where signed.oid = to_regclass(name) and signed.shaped_as is not null
        ),
        array[to_regclass(name)]::oid []
    )
$$;

create or replace function audit.names_of(relation oid, attributes smallint []) returns text
language sql stable as $$
    select string_agg(attname, ', ' order by array_position(attributes, attnum))
    from pg_attribute
    where attrelid = relation and attnum = any(attributes)
$$;

-- True where a primary key or a unique constraint holds these columns ('ev_id, aircraft_key', as the table's file names
-- them). Either the published table or the incremental update has all rows of an event, so a key with ev_id that holds
-- in each of them holds in both together.
create or replace function audit.is_unique(name text, columns text) returns boolean
language sql stable as $$
    select bool_and(exists (
        select from pg_constraint
        where conrelid = behind and contype in ('p', 'u') and convalidated and audit.names_of(conrelid, conkey) = columns
    ))
    from unnest(audit.tables_behind(name)) as behind
$$;

-- True where a foreign key over these columns, of the same names on both sides, sees to it that a row has its parent.
create or replace function audit.has_parent(name text, parent text, columns text) returns boolean
language sql stable as $$
    select bool_and(exists (
        select from pg_constraint
        where
            conrelid = behind and contype = 'f' and convalidated and confrelid = any(audit.tables_behind(parent))
            and audit.names_of(conrelid, conkey) = columns and audit.names_of(confrelid, confkey) = columns
    ))
    from unnest(audit.tables_behind(name)) as behind
$$;

-- Rows that a relation was signed with; null where it is not signed, or has been written to since.
create or replace function audit.signed_rows(name text) returns bigint
language sql stable as $$
    select rows from audit.relation where oid = to_regclass(name)
$$;
