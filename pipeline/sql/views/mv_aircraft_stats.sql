-- needs: aircraft_summary
-- grain: one row per make and model, upper case and trimmed; UNKNOWN where none is stated
-- kind: materialized, key: make, model
-- An event counts once per make and model, also with two such aircraft; a collision of two makes stands in both rows,
-- so events and deaths of several rows must not be added up. Aircraft may be.
with named as (
    select
        coalesce(make, 'UNKNOWN') as make,
        coalesce(model, 'UNKNOWN') as model,
        ev_id,
        damage,
        severity,
        total_deaths,
        ev_date
    from aircraft_summary
),

by_event as (
    select
        make,
        model,
        ev_id,
        count(*) as aircraft,
        count(*) filter (where damage = 'DEST') as aircraft_destroyed,
        min(severity) as severity,
        min(total_deaths) as total_deaths,
        min(ev_date) as ev_date
    from named
    group by make, model, ev_id
)

select
    make,
    model,
    sum(aircraft)::bigint as aircraft,
    sum(aircraft_destroyed)::bigint as aircraft_destroyed,
    count(*) as events,
    count(*) filter (where severity = 'FATL') as fatal_events,
    count(*) filter (where severity is null) as events_of_unknown_severity,
    -- A share of events, not a rate: nobody counted the flights that ended well.
    count(*) filter (where severity = 'FATL')::double precision / nullif(count(severity), 0) as fatal_share,
    sum(total_deaths)::bigint as deaths,
    count(*) filter (where total_deaths is null) as events_of_unknown_deaths,
    min(ev_date) as first_date,
    max(ev_date) as last_date
from by_event
group by make, model
