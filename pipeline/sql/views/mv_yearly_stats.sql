-- needs: event_summary, clean_aircraft
-- grain: one row per year of the event date, over all eras; events without a date are not counted
-- kind: materialized, key: ev_year
-- functions: share_interval
-- Aircraft are counted by year before the join with events, so that a collision of two aircraft counts as one event.
-- column: events Number of events.
-- column: fatal_events Number of events with severity FATL.
-- column: serious_events Number of events with severity SERS.
-- column: minor_events Number of events with severity MINR.
-- column: uninjured_events Number of events with severity NONE.
-- column: events_with_unknown_severity Number of events whose severity is not known.
-- column: fatal_share Share of fatal events: fatal_events divided by the events of known severity, 0 to 1; null without such events. Not an accident rate.
-- column: fatal_share_low Lower limit of the 95 % confidence interval of fatal_share (Wilson 1927), with events as independent observations.
-- column: fatal_share_high Upper limit of the same interval.
-- column: deaths Number of persons who died, on the ground included, in the events where it is known.
-- column: events_with_unknown_deaths Number of events whose number of deaths is not known.
-- column: seriously_injured Number of persons with serious injuries, on the ground included, in the events where it is known.
-- column: events_with_coordinates Number of events with coordinates.
-- column: us_events Number of events in the USA.
-- column: aircraft Number of aircraft in these events.
-- column: aircraft_destroyed Number of aircraft with damage DEST.
-- column: aircraft_with_unknown_damage Number of aircraft whose damage is not known.
with by_event as (
    select
        ev_year,
        count(*) as events,
        count(*) filter (where severity = 'FATL') as fatal_events,
        count(*) filter (where severity = 'SERS') as serious_events,
        count(*) filter (where severity = 'MINR') as minor_events,
        count(*) filter (where severity = 'NONE') as uninjured_events,
        count(*) filter (where severity is null) as events_with_unknown_severity,
        sum(total_deaths)::bigint as deaths,
        count(*) filter (where total_deaths is null) as events_with_unknown_deaths,
        sum(total_seriously_injured)::bigint as seriously_injured,
        count(*) filter (where has_coordinates) as events_with_coordinates,
        count(*) filter (where is_us) as us_events
    from event_summary
    where ev_year is not null
    group by ev_year
),

by_aircraft as (
    select
        event_summary.ev_year,
        count(*) as aircraft,
        count(*) filter (where aircraft.damage_code = 'DEST') as aircraft_destroyed,
        count(*) filter (where coalesce(aircraft.damage_code, '') not in ('DEST', 'SUBS', 'MINR', 'NONE')) as aircraft_with_unknown_damage
    from clean_aircraft as aircraft
    inner join event_summary on aircraft.ev_id = event_summary.ev_id
    where event_summary.ev_year is not null
    group by event_summary.ev_year
)

select
    by_event.ev_year,
    by_event.events,
    by_event.fatal_events,
    by_event.serious_events,
    by_event.minor_events,
    by_event.uninjured_events,
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
    by_event.us_events,
    coalesce(by_aircraft.aircraft, 0) as aircraft,
    coalesce(by_aircraft.aircraft_destroyed, 0) as aircraft_destroyed,
    coalesce(by_aircraft.aircraft_with_unknown_damage, 0) as aircraft_with_unknown_damage
from by_event
left join by_aircraft on by_event.ev_year = by_aircraft.ev_year
