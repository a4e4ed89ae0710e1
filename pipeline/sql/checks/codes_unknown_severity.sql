-- needs: unknown_code, code_supplement, row_conservation
-- checks: at most max_lost_share of the events of a file have an unknown code of ev_highest_injury, which determines the severity
-- severity: stop
-- allow: 0, a larger share indicates that the file uses other codes
-- family: required values
with limits as (
    -- Set from luigi.cfg by the task; the default is for use in psql.
    select coalesce(nullif(current_setting('ntsb.max_lost_share', true), ''), '0.02')::numeric as share
),

unknown as (
    select source_file, string_agg(code, ', ' order by code collate "C") as codes, sum(uses) as uses
    from unknown_code
    where source_table = 'events' and source_column = 'ev_highest_injury'
        and not exists (
            select from code_supplement
            where code_supplement.table_name = 'events' and code_supplement.column_name = 'ev_highest_injury'
                and code_supplement.code = unknown_code.code
        )
    group by source_file
)

select
    'events' as relation,
    unknown.source_file as row_key,
    format('%s of %s events have unknown codes: %s', unknown.uses, row_conservation.rows_in, left(unknown.codes, 200)) as detail
from unknown
inner join row_conservation
    on unknown.source_file = row_conservation.source_file and row_conservation.source_table = 'events'
cross join limits
-- Fewer events are not evidence of other codes.
where unknown.uses > limits.share * row_conservation.rows_in and unknown.uses >= 5
