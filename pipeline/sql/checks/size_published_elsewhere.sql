-- needs: reconciliation
-- checks: if NTSB's databases are loaded completely, counts per era, year, state and make match published counts
-- severity: warn
-- allow: 4, the two newest years, in total and fatal, grew after the published counts were made
-- family: size
-- Differences of up to ten events are ignored. Makes were counted from an earlier edition; counts per state grow every year.
with complete as (
    -- Complete: each database has between 97 % and 105 % of its published size.
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
    cross join complete
    -- avall grows every month: its size only decides whether it is complete.
    where (complete.is_since_1982 and (series in ('year', 'state', 'make') or series = 'era' and item = 'pre2008'))
        or (complete.is_before and series = 'era' and item = 'pre1982')
)

select
    'events' as relation,
    concat_ws(' ', series, item, measure) as row_key,
    format('%s %s, %s published', coalesce(release_count, 0), measure, published) as detail
from compared
where abs(coalesce(release_count, 0) - published) > greatest(10, tolerance * published)
