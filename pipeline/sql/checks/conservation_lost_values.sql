-- needs: column_ledger
-- checks: no column of a file loses more than max_lost_share of its values by casting, nor max_lost_increase more than before
-- severity: stop
-- allow: 0, a larger share indicates that the file writes the column in a new way
-- family: conservation
with limits as (
    -- Set from luigi.cfg by the task; the defaults are for use in psql.
    select
        coalesce(nullif(current_setting('ntsb.max_lost_share', true), ''), '0.02')::numeric as share,
        coalesce(nullif(current_setting('ntsb.max_lost_increase', true), ''), '0.005')::numeric as increase
),

earlier as materialized (
    select source_file, source_table, source_column, share from audit.published_lost_shares()
),

-- A file that is not in the current release, such as a new weekly file, is compared with the files that are.
compared as (
    select
        ledger.*,
        ledger.values_lost::numeric / ledger.values_in as share,
        coalesce(same_file.share, (
            select max(earlier.share) from earlier
            where earlier.source_table = ledger.source_table and earlier.source_column = ledger.source_column
        )) as share_before
    from column_ledger as ledger
    left join earlier as same_file
        on ledger.source_file = same_file.source_file and ledger.source_table = same_file.source_table
        and ledger.source_column = same_file.source_column
    where ledger.values_lost > 0
)

select
    compared.source_table as relation,
    concat_ws(' ', compared.source_file, compared.source_column) as row_key,
    format(
        '%s of %s values cannot be cast, such as %s (share in the release before: %s)',
        compared.values_lost, compared.values_in, compared.lost_examples, coalesce(round(compared.share_before, 4)::text, 'unknown')
    ) as detail
from compared
cross join limits
-- Fewer values are bad rows, unless they are most of those that the column has.
where (compared.values_lost >= 5 or (compared.values_lost > 1 and compared.values_lost * 2 > compared.values_in))
    and (compared.share > limits.share or compared.share > compared.share_before + limits.increase)
