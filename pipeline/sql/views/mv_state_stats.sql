-- needs: event_summary, clean_aircraft, code_meanings
-- grain: one row per state code of events in the USA, with territories and waters; UNKNOWN where none is stated
-- kind: materialized, key: ev_state
-- functions: share_interval
-- Only events in the USA count, because a code can mean something else abroad: CA is California in the USA and Canada elsewhere.
-- column: ev_state Code of the state, territory or water, trimmed and in upper case; UNKNOWN where none is stated.
-- column: events Number of events in the USA.
-- column: fatal_events Number of events with severity FATL.
-- column: events_with_unknown_severity Number of events whose severity is not known.
-- column: fatal_share Share of fatal events: fatal_events divided by the events of known severity, 0 to 1; null without such events. Not an accident rate.
-- column: fatal_share_low Lower limit of the 95 % confidence interval of fatal_share (Wilson 1927), with events as independent observations.
-- column: fatal_share_high Upper limit of the same interval.
-- column: deaths Number of persons who died, on the ground included, in the events where it is known.
-- column: events_with_unknown_deaths Number of events whose number of deaths is not known.
-- column: seriously_injured Number of persons with serious injuries, on the ground included, in the events where it is known.
-- column: events_with_coordinates Number of events with coordinates.
-- column: first_date Date of the earliest event.
-- column: last_date Date of the latest event.
-- column: aircraft Number of aircraft in these events.
-- column: aircraft_destroyed Number of aircraft with damage DEST.
-- column: aircraft_with_unknown_damage Number of aircraft whose damage is not known.
with by_event as (
    select
        coalesce(nullif(convert.to_code(ev_state), ''), 'UNKNOWN') as ev_state,
        count(*) as events,
        count(*) filter (where severity = 'FATL') as fatal_events,
        count(*) filter (where severity is null) as events_with_unknown_severity,
        sum(total_deaths)::bigint as deaths,
        count(*) filter (where total_deaths is null) as events_with_unknown_deaths,
        sum(total_seriously_injured)::bigint as seriously_injured,
        count(*) filter (where has_coordinates) as events_with_coordinates,
        min(ev_date) as first_date,
        max(ev_date) as last_date
    from event_summary
    where is_us
    group by coalesce(nullif(convert.to_code(ev_state), ''), 'UNKNOWN')
),

by_aircraft as (
    select
        coalesce(nullif(convert.to_code(event_summary.ev_state), ''), 'UNKNOWN') as ev_state,
        count(*) as aircraft,
        count(*) filter (where aircraft.damage_code = 'DEST') as aircraft_destroyed,
        count(*) filter (where coalesce(aircraft.damage_code, '') not in ('DEST', 'SUBS', 'MINR', 'NONE')) as aircraft_with_unknown_damage
    from clean_aircraft as aircraft
    inner join event_summary on aircraft.ev_id = event_summary.ev_id
    where event_summary.is_us
    group by coalesce(nullif(convert.to_code(event_summary.ev_state), ''), 'UNKNOWN')
)

select
    by_event.ev_state,
    code_meanings.meaning as ev_state_meaning,
    by_event.events,
    by_event.fatal_events,
    by_event.events_with_unknown_severity,
    -- A share of events, not an accident rate: the number of flights is not known.
    by_event.fatal_events::double precision
    / nullif(by_event.events - by_event.events_with_unknown_severity, 0) as fatal_share,
    mart.share_low(by_event.fatal_events, by_event.events - by_event.events_with_unknown_severity) as fatal_share_low,
    mart.share_high(by_event.fatal_events, by_event.events - by_event.events_with_unknown_severity) as fatal_share_high,
    by_event.deaths,
    by_event.events_with_unknown_deaths,
    by_event.seriously_injured,
    by_event.events_with_coordinates,
    by_event.first_date,
    by_event.last_date,
    coalesce(by_aircraft.aircraft, 0) as aircraft,
    coalesce(by_aircraft.aircraft_destroyed, 0) as aircraft_destroyed,
    coalesce(by_aircraft.aircraft_with_unknown_damage, 0) as aircraft_with_unknown_damage
from by_event
left join by_aircraft on by_event.ev_state = by_aircraft.ev_state
left join code_meanings
    on code_meanings.table_name = 'events' and code_meanings.column_name = 'ev_state'
    and code_meanings.code = by_event.ev_state
