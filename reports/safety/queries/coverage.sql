-- needs: event_summary
-- grain: one row per era (database of NTSB), with what its events say and leave open
select
    era,
    count(*) as events,
    count(*) filter (where upper(btrim(ev_type)) = 'INC') as incidents,
    count(*) filter (where is_us) as us_events,
    count(*) filter (where severity is null) as severity_unknown,
    count(*) filter (where total_deaths is null) as deaths_unknown,
    count(*) filter (where ev_date is null) as date_unknown,
    count(*) filter (where has_coordinates) as with_coordinates,
    sum(aircraft_count)::bigint as aircraft,
    min(ev_date) as first_date,
    max(ev_date) as last_date
from event_summary
group by era
order by min(ev_date), era collate "C";
