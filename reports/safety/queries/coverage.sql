-- needs: event_summary, clean_events
-- grain: one row per era (NTSB database), with the number of its events and of missing values
select
    event_summary.era,
    count(*) as events,
    count(*) filter (where clean_events.ev_type_code = 'INC') as incidents,
    count(*) filter (where event_summary.is_us) as us_events,
    count(*) filter (where event_summary.severity is null) as severity_unknown,
    count(*) filter (where event_summary.total_deaths is null) as deaths_unknown,
    count(*) filter (where event_summary.ev_date is null) as date_unknown,
    count(*) filter (where event_summary.has_coordinates) as with_coordinates,
    sum(event_summary.aircraft_count)::bigint as aircraft,
    min(event_summary.ev_date) as first_date,
    max(event_summary.ev_date) as last_date
from event_summary
inner join clean_events on event_summary.ev_id = clean_events.ev_id
group by event_summary.era
order by min(event_summary.ev_date), event_summary.era collate "C";
