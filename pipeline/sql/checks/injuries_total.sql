-- needs: events
-- checks: inj_tot_t is the sum over all injury levels, on board and on the ground
-- severity: warn
-- allow: 0, the totals are published as in the source
-- family: required values
with summed as (
    select
        ev_id,
        inj_tot_t,
        coalesce(inj_tot_f, 0) + coalesce(inj_tot_s, 0) + coalesce(inj_tot_m, 0) + coalesce(inj_tot_n, 0)
        + coalesce(inj_f_grnd, 0) + coalesce(inj_s_grnd, 0) + coalesce(inj_m_grnd, 0) as persons
    from events
)

select
    'events' as relation,
    ev_id as row_key,
    format('inj_tot_t is %s, its parts make %s', inj_tot_t, persons) as detail
from summed
where inj_tot_t <> persons
