-- needs: reconciliation
-- checks: where NTSB's databases are here as a whole, their eras, years, states and makes count what was published of them
-- severity: warn
-- allow: 4, the newest two years grow after they were counted, and so do those of them that were fatal
-- family: size
-- Ten events are nothing. Makes were counted up to a day that is past, from another edition; states grow with every year.
with whole as (
    -- As a whole: each within 3 % of its published size, or a little above it.
    select
        count(*) filter (where item in ('pre2008', 'avall')) = 2 as is_since_1982,
        count(*) filter (where item = 'pre1982') = 1 as is_before
    from reconciliation
    where series = 'era' and share between 0.97 and 1.05
),

compared as (
    select
        reconciliation.*,
        case series when 'state' then 0.05 when 'make' then 0.02 else 0.01 end as tolerance
    from reconciliation
    cross join whole
    -- The newest database grows every month: its size decides only whether it is here as a whole.
    where (whole.is_since_1982 and (series in ('year', 'state', 'make') or series = 'era' and item = 'pre2008'))
        or (whole.is_before and series = 'era' and item = 'pre1982')
)

select
    'events' as relation,
    concat_ws(' ', series, item, measure) as row_key,
    format('%s %s, %s published', coalesce(ours, 0), measure, published) as detail
from compared
where abs(coalesce(ours, 0) - published) > greatest(10, tolerance * published)
