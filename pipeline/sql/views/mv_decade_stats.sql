-- needs: mv_yearly_stats
-- grain: one row per decade of the event date, named by its first year; events without a date are not counted
-- kind: materialized, key: decade_start
-- functions: share_interval
-- column: decade_start First year of the decade, such as 1970.
-- column: first_year First year of the decade with events.
-- column: last_year Last year of the decade with events.
-- column: years_with_events Number of years of the decade with events.
with decades as (
    select
        ev_year - ev_year % 10 as decade_start,
        min(ev_year) as first_year,
        max(ev_year) as last_year,
        count(*) as years_with_events,
        sum(events)::bigint as events,
        sum(fatal_events)::bigint as fatal_events,
        sum(events_with_unknown_severity)::bigint as events_with_unknown_severity,
        sum(deaths)::bigint as deaths,
        sum(events_with_unknown_deaths)::bigint as events_with_unknown_deaths,
        sum(seriously_injured)::bigint as seriously_injured,
        sum(us_events)::bigint as us_events,
        sum(aircraft)::bigint as aircraft,
        sum(aircraft_destroyed)::bigint as aircraft_destroyed,
        sum(aircraft_with_unknown_damage)::bigint as aircraft_with_unknown_damage
    from mv_yearly_stats
    group by ev_year - ev_year % 10
)

select
    decade_start,
    first_year,
    last_year,
    years_with_events,
    events,
    fatal_events,
    events_with_unknown_severity,
    -- A share of events, not an accident rate: the number of flights is not known.
    fatal_events::double precision / nullif(events - events_with_unknown_severity, 0) as fatal_share,
    mart.share_low(fatal_events, events - events_with_unknown_severity) as fatal_share_low,
    mart.share_high(fatal_events, events - events_with_unknown_severity) as fatal_share_high,
    deaths,
    events_with_unknown_deaths,
    seriously_injured,
    us_events,
    aircraft,
    aircraft_destroyed,
    aircraft_with_unknown_damage
from decades
