-- needs: nothing
-- Shares of values that the current release lost by casting; no rows without a release, or with one of an earlier version.
create schema if not exists audit;

-- plpgsql, because audit.column_ledger is created with the first release.
create or replace function audit.published_lost_shares()
returns table (source_file text, source_table text, source_column text, share numeric)
language plpgsql stable as $$
begin
    if exists (
        select from pg_attribute where attrelid = to_regclass('audit.column_ledger') and attname = 'values_lost'
    ) then
        return query
            select ledger.source_file, ledger.source_table, ledger.source_column,
                ledger.values_lost::numeric / nullif(ledger.values_in, 0)
            from audit.column_ledger as ledger
            where ledger.values_in is not null;
    end if;
end
$$;
comment on function audit.published_lost_shares() is
'One row per cast column of each file of the current release: the share of its values that could not be cast.';
