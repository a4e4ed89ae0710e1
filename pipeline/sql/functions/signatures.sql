-- needs: audit.relation
-- Signatures of relations: created by the task that fills a relation, verified by its shape, removed by any write to it.

-- md5 of columns, constraints and rules. It survives `alter ... set schema`, because related objects are given by oid, not by name.
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

-- Trigger on every signed table.
create or replace function audit.unsign() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
begin
    delete from audit.relation where oid = tg_relid;
    return null;
end
$$;

-- Columns that a digest covers, by name: all but derived ones.
create or replace function audit.digest_columns(relation regclass) returns text
language sql stable as $$
    select string_agg(quote_ident(attname), ', ' order by attname)
    from pg_attribute
    where attrelid = relation and attnum > 0 and not attisdropped and not audit.is_derived(pg_attribute)
$$;

-- Number of rows, and two sums of 64-bit hashes of the text of each row: independent of row order, and additive. `offset 0`
-- computes the text once. It distinguishes NULL from an empty string and quotes separators, so that different rows have
-- different texts. `scope`: a where clause, or ''.
create or replace function audit.sums(relation regclass, scope text default '', out rows bigint, out sums numeric [])
language plpgsql stable
set timezone = 'UTC' set datestyle = 'ISO, YMD' set intervalstyle = 'postgres' set extra_float_digits = 1 set bytea_output = 'hex' as $$
begin
    execute format(
        $query$
        select count(*), array[coalesce(sum(hashtextextended(line, 0)), 0), coalesce(sum(hashtextextended(line, 1)), 0)]
        from (select row(%s)::text as line from %s %s offset 0) as lines
        $query$, audit.digest_columns(relation), relation, scope)
    into rows, sums;
end
$$;

create or replace function audit.digest_of(relation regclass, rows bigint, sums numeric []) returns text
language sql stable as $$
    select md5(concat_ws(' ', audit.digest_columns(relation), rows, case when rows > 0 then array_to_string(sums, ' ') end))
    where sums is not null
$$;

create or replace function audit.digest(relation regclass, out rows bigint, out digest text)
language sql stable as $$
    select summed.rows, audit.digest_of(relation, summed.rows, summed.sums) from audit.sums(relation) as summed
$$;

-- Signs a relation, and marks the indexes of a candidate as those of the pipeline: publication creates users' indexes again. `shaped_as`: for the view that replaces a table during an incremental update, that table.
create or replace function audit.sign(
    relation regclass, fingerprint text, rows bigint, sums numeric [], shaped_as regclass default null
) returns void
language plpgsql as $$
declare
    index regclass;
begin
    for index in
        select indexrelid from pg_index inner join pg_class as class on class.oid = indrelid
        where indrelid = relation and relnamespace = to_regnamespace('candidate')
    loop
        execute format('comment on index %s is %L', index, 'Created by the pipeline.');
    end loop;
    delete from audit.relation as signed
    where not exists (select from pg_class where pg_class.oid = signed.oid) or signed.oid = relation;
    insert into audit.relation (oid, fingerprint, shape, rows, sums, shaped_as, digest)
    values (
        relation, sign.fingerprint, audit.shape(relation), sign.rows, sign.sums, sign.shaped_as,
        audit.digest_of(coalesce(shaped_as, relation), sign.rows, sign.sums)
    );
end
$$;
