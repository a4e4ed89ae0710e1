-- needs: audit.relation
-- Signing a relation, asking whether it still is what was signed, and taking the signature away on any write.

-- The shape survives `alter ... set schema`: it names related objects by oid, never by qualified name.
create or replace function audit.shape(relation oid) returns text
language sql stable as $$
    select md5(concat_ws(
        '|',
        (
            select string_agg(format('%s %s %s', attname, atttypid, attnotnull), ',' order by attnum)
            from pg_attribute
            where attrelid = relation and attnum > 0 and not attisdropped
        ),
        (
            select string_agg(format('%s %s %s %s', contype, conkey, confrelid, confkey), ',' order by contype, conkey)
            from pg_constraint
            where conrelid = relation
        ),
        (select string_agg(ev_action::text, ',' order by rulename) from pg_rewrite where ev_class = relation)
    ))
$$;

create or replace function audit.unsign() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
begin
    delete from audit.relation where oid = tg_relid;
    return null;
end
$$;

-- Columns that count for a digest, in order of name: derived ones follow from them.
create or replace function audit.counted_columns(relation regclass) returns text
language sql stable as $$
    select string_agg(quote_ident(attname), ', ' order by attname)
    from pg_attribute
    where attrelid = relation and attnum > 0 and not attisdropped and not audit.is_derived(pg_attribute)
$$;

-- Rows, and two sums of 64-bit hashes of each row's text, made once (`offset 0`): whatever their order, and sums add up.
-- A row's text tells NULL from an empty string and quotes separators: two different rows have two different texts.
create or replace function audit.sums(relation regclass, scope text default '', out rows bigint, out sums numeric [])
language plpgsql stable
set timezone = 'UTC' set datestyle = 'ISO, YMD' set intervalstyle = 'postgres' set extra_float_digits = 1 set bytea_output = 'hex' as $$
begin
    execute format(
        $query$
        select count(*), array[coalesce(sum(hashtextextended(line, 0)), 0), coalesce(sum(hashtextextended(line, 1)), 0)]
        from (select row(%s)::text as line from %s %s offset 0) as lines
        $query$, audit.counted_columns(relation), relation, scope)
    into rows, sums;
end
$$;

create or replace function audit.digest_of(relation regclass, rows bigint, sums numeric []) returns text
language sql stable as $$
    select md5(concat_ws(' ', audit.counted_columns(relation), rows, case when rows > 0 then array_to_string(sums, ' ') end))
    where sums is not null
$$;

create or replace function audit.digest(relation regclass, out rows bigint, out digest text)
language sql stable as $$
    select summed.rows, audit.digest_of(relation, summed.rows, summed.sums) from audit.sums(relation) as summed
$$;

-- Signs a relation; of a view that stands for a table, `shaped_as` is the table whose columns count.
drop function if exists audit.sign(regclass, text, bigint, text);
create or replace function audit.sign(
    relation regclass, fingerprint text, rows bigint, sums numeric [], shaped_as regclass default null
) returns void
language plpgsql as $$
begin
    delete from audit.relation as signed
    where not exists (select from pg_class where pg_class.oid = signed.oid) or signed.oid = relation;
    insert into audit.relation (oid, fingerprint, shape, rows, sums, shaped_as, digest)
    values (
        relation, sign.fingerprint, audit.shape(relation), sign.rows, sign.sums, sign.shaped_as,
        audit.digest_of(coalesce(shaped_as, relation), sign.rows, sign.sums)
    );
end
$$;
