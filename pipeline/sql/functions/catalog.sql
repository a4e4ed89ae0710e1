-- needs: audit.relation
-- Functions that read the system catalog: derived columns, enforced constraints and recorded row counts.

-- True for a column whose value follows from others: a generated column, or a tsvector, which a trigger fills.
create or replace function audit.is_derived(attribute pg_attribute) returns boolean
language sql immutable
return attribute.attgenerated <> '' or attribute.atttypid = 'tsvector'::regtype;

-- Comments on the columns of a relation, as one text in order of column name.
create or replace function audit.column_comments(relation oid) returns text
language sql stable as $$
    select string_agg(format('%s: %s', attname, col_description(relation, attnum)), ' ' order by attname)
    from pg_attribute
    where attrelid = relation and attnum > 0 and not attisdropped
$$;

-- oids of the tables that hold the rows of a relation: the relation itself, or, during an incremental update, the published table
-- and the updated rows that the view of that name combines.
create or replace function audit.underlying_tables(name text) returns oid []
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

-- Column names of a constraint, in key order and separated by ', '.
create or replace function audit.column_names(relation oid, attributes smallint []) returns text
language sql stable as $$
    select string_agg(attname, ', ' order by array_position(attributes, attnum))
    from pg_attribute
    where attrelid = relation and attnum = any(attributes)
$$;

-- True where a primary key or unique constraint enforces that `columns` ('ev_id, aircraft_key', in key order) are unique, so that
-- a check need not count them. During an incremental update all rows of an event are in the same underlying table: a key that
-- contains ev_id and holds in each table also holds in their union.
create or replace function audit.is_unique(name text, columns text) returns boolean
language sql stable as $$
    select bool_and(exists (
        select from pg_constraint
        where
            conrelid = table_oid and contype in ('p', 'u') and convalidated
            and audit.column_names(conrelid, conkey) = columns
    ))
    from unnest(audit.underlying_tables(name)) as table_oid
$$;

-- True where a foreign key over `columns`, named alike in both tables, enforces that every row has its parent.
create or replace function audit.has_parent(name text, parent text, columns text) returns boolean
language sql stable as $$
    select bool_and(exists (
        select from pg_constraint
        where
            conrelid = table_oid and contype = 'f' and convalidated and confrelid = any(audit.underlying_tables(parent))
            and audit.column_names(conrelid, conkey) = columns and audit.column_names(confrelid, confkey) = columns
    ))
    from unnest(audit.underlying_tables(name)) as table_oid
$$;

-- Number of rows of a relation when it was signed; null if it is not signed or was modified since.
create or replace function audit.signed_rows(name text) returns bigint
language sql stable as $$
    select rows from audit.relation where oid = to_regclass(name)
$$;
