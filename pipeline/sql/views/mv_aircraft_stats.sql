-- needs: clean_aircraft, aircraft_names, event_summary
-- grain: one row per make and model, under their standard names where the lists have one; UNKNOWN where none is stated
-- kind: materialized, key: make, model
-- functions: share_interval
-- An event counts once per make and model even if it involves two such aircraft; a collision of two makes counts in both rows.
-- Therefore aircraft can be summed over rows, but events and deaths cannot.
-- column: make Manufacturer (make_group in aircraft_names): its standard name, or as written; UNKNOWN where none is stated.
-- column: model Model (model_group in aircraft_names): its standard name, or as written; UNKNOWN where none is stated.
-- column: aircraft Number of aircraft.
-- column: aircraft_destroyed Number of aircraft with damage DEST.
-- column: aircraft_with_unknown_damage Number of aircraft whose damage is not known.
-- column: events Number of events with such an aircraft; not additive over rows.
-- column: fatal_events Number of these events with severity FATL.
-- column: events_with_unknown_severity Number of these events whose severity is not known.
-- column: fatal_share Share of fatal events: fatal_events divided by the events of known severity, 0 to 1; null without such events. Not an accident rate.
-- column: fatal_share_low Lower limit of the 95 % confidence interval of fatal_share (Wilson 1927), with events as independent observations.
-- column: fatal_share_high Upper limit of the same interval.
-- column: deaths Number of persons who died in these events, in any aircraft or on the ground, where it is known; not additive over rows.
-- column: events_with_unknown_deaths Number of these events whose number of deaths is not known.
-- column: first_date Date of the earliest of these events.
-- column: last_date Date of the latest of these events.
with by_event as (
    select
        coalesce(names.make_group, 'UNKNOWN') as make,
        coalesce(names.model_group, 'UNKNOWN') as model,
        aircraft.ev_id,
        count(*) as aircraft,
        count(*) filter (where aircraft.damage_code = 'DEST') as aircraft_destroyed,
        count(*) filter (where coalesce(aircraft.damage_code, '') not in ('DEST', 'SUBS', 'MINR', 'NONE')) as aircraft_with_unknown_damage
    from clean_aircraft as aircraft
    inner join aircraft_names as names on aircraft.ev_id = names.ev_id and aircraft.aircraft_key = names.aircraft_key
    group by coalesce(names.make_group, 'UNKNOWN'), coalesce(names.model_group, 'UNKNOWN'), aircraft.ev_id
)

select
    by_event.make,
    by_event.model,
    sum(by_event.aircraft)::bigint as aircraft,
    sum(by_event.aircraft_destroyed)::bigint as aircraft_destroyed,
    sum(by_event.aircraft_with_unknown_damage)::bigint as aircraft_with_unknown_damage,
    count(*) as events,
    count(*) filter (where event_summary.severity = 'FATL') as fatal_events,
    count(*) filter (where event_summary.severity is null) as events_with_unknown_severity,
    -- A share of events, not an accident rate: the number of flights is not known.
    count(*) filter (where event_summary.severity = 'FATL')::double precision
    / nullif(count(event_summary.severity), 0) as fatal_share,
    mart.share_low(count(*) filter (where event_summary.severity = 'FATL'), count(event_summary.severity)) as fatal_share_low,
    mart.share_high(count(*) filter (where event_summary.severity = 'FATL'), count(event_summary.severity)) as fatal_share_high,
    sum(event_summary.total_deaths)::bigint as deaths,
    count(*) filter (where event_summary.total_deaths is null) as events_with_unknown_deaths,
    min(event_summary.ev_date) as first_date,
    max(event_summary.ev_date) as last_date
from by_event
left join event_summary on by_event.ev_id = event_summary.ev_id
group by by_event.make, by_event.model
