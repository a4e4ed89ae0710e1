-- needs: event_summary, aircraft
-- grain: one row per event, in the order of year and ev_id: what the search page finds events by
with aircraft_of_event as (
    select
        ev_id,
        string_agg(nullif(btrim(regis_no), ''), ', ' order by aircraft_key) as registrations,
        string_agg(concat_ws(' ', nullif(btrim(acft_make), ''), nullif(btrim(acft_model), '')), ', ' order by aircraft_key) as aircraft,
        string_agg(distinct stated.far_part collate "C", ', ' order by stated.far_part collate "C") as far_parts
    from aircraft
    cross join lateral (select nullif(convert.to_code(aircraft.far_part), '') as far_part) as stated
    group by ev_id
)

select
    summary.ev_year, summary.ev_id, summary.ntsb_no, summary.ev_date, btrim(summary.ev_city) as ev_city,
    case when summary.is_us then summary.ev_state else summary.ev_country end as place,
    aircraft.registrations, aircraft.aircraft, aircraft.far_parts, summary.severity
from event_summary as summary
left join aircraft_of_event as aircraft on summary.ev_id = aircraft.ev_id
order by summary.ev_year, summary.ev_id collate "C";
