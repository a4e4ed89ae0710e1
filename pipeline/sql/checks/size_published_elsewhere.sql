-- needs: reconciliation
-- checks: where a database of NTSB is here as a whole, its years hold as many events as NTSB's own files, within a percent
-- severity: warn
-- allow: 2, the newest years grow after they were counted
-- family: size
with whole as (
    -- As a whole: Pre2008 and avall each within 3 % of their published size.
    select count(*) = 2 as is_here
    from reconciliation
    where series = 'era' and item in ('pre2008', 'avall') and share between 0.97 and 1.05
)

select
    'events' as relation,
    reconciliation.item as row_key,
    format('%s events, %s published', coalesce(reconciliation.ours, 0), reconciliation.published) as detail
from reconciliation
inner join whole on whole.is_here
where reconciliation.series = 'year' and reconciliation.measure = 'events'
    and abs(coalesce(reconciliation.ours, 0) - reconciliation.published) > greatest(10, 0.01 * reconciliation.published)
