-- needs: events
-- checks: ev_highest_injury is the most severe injury level with a count in the totals of the event
-- severity: warn
-- allow: 0, both are published as in the source; severity uses ev_highest_injury
-- family: required values
with compared as (
    select
        ev_id,
        convert.to_code(ev_highest_injury) as reported,
        case
            when coalesce(inj_tot_f, 0) + coalesce(inj_f_grnd, 0) > 0 then 'FATL'
            when coalesce(inj_tot_s, 0) + coalesce(inj_s_grnd, 0) > 0 then 'SERS'
            when coalesce(inj_tot_m, 0) + coalesce(inj_m_grnd, 0) > 0 then 'MINR'
            when inj_tot_f is not null then 'NONE'
        end as counted
    from events
)

select
    'events' as relation,
    ev_id as row_key,
    format('ev_highest_injury is %s, the totals say %s', reported, counted) as detail
from compared
where reported in ('FATL', 'SERS', 'MINR', 'NONE') and reported <> counted
