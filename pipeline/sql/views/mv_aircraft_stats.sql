-- needs: clean_aircraft, event_summary
-- grain: one row per make and model, trimmed and in upper case; UNKNOWN where none is stated
-- kind: materialized, key: make, model
-- An event counts once per make and model even if it involves two such aircraft; a collision of two makes counts in both rows.
-- Therefore aircraft can be summed over rows, but events and deaths cannot.
-- column: make Manufacturer as written, trimmed and in upper case; UNKNOWN where none is stated.
-- column: model Model as written, trimmed and in upper case; UNKNOWN where none is stated.
-- column: aircraft Number of aircraft.
-- column: aircraft_destroyed Number of aircraft with damage DEST.
-- column: events Number of events with such an aircraft; not additive over rows.
-- column: fatal_events Number of these events with severity FATL.
-- column: events_with_unknown_severity Number of these events whose severity is not known.
-- column: fatal_share Share of fatal events: fatal_events divided by the events of known severity, 0 to 1; null without such events. Not an accident rate.
-- column: deaths Number of persons who died in these events, in any aircraft or on the ground, where it is known; not additive over rows.
-- column: events_with_unknown_deaths Number of these events whose number of deaths is not known.
-- column: first_date Date of the earliest of these events.
-- column: last_date Date of the latest of these events.
with by_event as (
    select
        coalesce(make, 'UNKNOWN') as make,
        coalesce(model, 'UNKNOWN') as model,
        ev_id,
        count(*) as aircraft,
        count(*) filter (where damage_code = 'DEST') as aircraft_destroyed
    from clean_aircraft
    group by coalesce(make, 'UNKNOWN'), coalesce(model, 'UNKNOWN'), ev_id
)

select
    by_event.make,
    by_event.model,
    sum(by_event.aircraft)::bigint as aircraft,
    sum(by_event.aircraft_destroyed)::bigint as aircraft_destroyed,
    count(*) as events,
    count(*) filter (where event_summary.severity = 'FATL') as fatal_events,
    count(*) filter (where event_summary.severity is null) as events_with_unknown_severity,
    -- A share of events, not an accident rate: the number of flights is not known.
    count(*) filter (where event_summary.severity = 'FATL')::double precision
    / nullif(count(event_summary.severity), 0) as fatal_share,
    sum(event_summary.total_deaths)::bigint as deaths,
    count(*) filter (where event_summary.total_deaths is null) as events_with_unknown_deaths,
    min(event_summary.ev_date) as first_date,
    max(event_summary.ev_date) as last_date
from by_event
left join event_summary on by_event.ev_id = event_summary.ev_id
group by by_event.make, by_event.model
