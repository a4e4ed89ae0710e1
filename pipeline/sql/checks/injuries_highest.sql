-- needs: events
-- checks: the highest injury of an event is that of the worst off person in its totals
-- severity: warn
-- allow: 0, the two are kept as stated, severity follows ev_highest_injury
-- family: required values
with worst as (
    select
        ev_id,
        btrim(ev_highest_injury) as stated,
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
    format('ev_highest_injury is %s, the totals say %s', stated, counted) as detail
from worst
where stated in ('FATL', 'SERS', 'MINR', 'NONE') and stated <> counted
