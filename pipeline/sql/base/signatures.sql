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

create or replace function audit.sign(relation regclass, stamp text, rows bigint, digest text) returns void
language plpgsql as $$
begin
    delete from audit.relation as signed
    where not exists (select from pg_class where pg_class.oid = signed.oid) or signed.oid = relation;
    insert into audit.relation (oid, stamp, shape, rows, digest)
    values (relation, sign.stamp, audit.shape(relation), sign.rows, sign.digest);
end
$$;

-- A digest of all rows, whatever their order: two sums of 64-bit hashes of each row's text, generated columns left out.
-- A row's text tells NULL from an empty string and quotes separators, so two different rows have two different texts.
create or replace function audit.digest(relation regclass, out rows bigint, out digest text)
language plpgsql stable
set timezone = 'UTC' set datestyle = 'ISO, YMD' set intervalstyle = 'postgres' set extra_float_digits = 1
set bytea_output = 'hex' as $$
declare
    columns text;
begin
    select string_agg(quote_ident(attname), ', ' order by attname)
    into columns
    from pg_attribute
    where attrelid = relation and attnum > 0 and not attisdropped and attgenerated = '';
    execute format(
        $query$
        select count(*), md5(concat_ws(' ', %L, count(*), sum(hashtextextended(line, 0)), sum(hashtextextended(line, 1))))
        from (select row(%s)::text as line from %s) as lines
        $query$, columns, columns, relation)
    into rows, digest;
end
$$;
