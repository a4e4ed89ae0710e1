-- needs: aircraft, event_summary
-- grain: one row per make and model, upper case and trimmed; UNKNOWN where none is stated
-- kind: materialized, key: make, model
-- An event counts once per make and model, also with two such aircraft; a collision of two makes stands in both rows,
-- so events and deaths of several rows must not be added up. Aircraft may be.
with by_event as (
    select
        coalesce(nullif(upper(btrim(acft_make)), ''), 'UNKNOWN') as make,
        coalesce(nullif(upper(btrim(acft_model)), ''), 'UNKNOWN') as model,
        ev_id,
        count(*) as aircraft,
        count(*) filter (where upper(btrim(damage)) = 'DEST') as aircraft_destroyed
    from aircraft
    group by
        coalesce(nullif(upper(btrim(acft_make)), ''), 'UNKNOWN'),
        coalesce(nullif(upper(btrim(acft_model)), ''), 'UNKNOWN'),
        ev_id
)

select
    by_event.make,
    by_event.model,
    sum(by_event.aircraft)::bigint as aircraft,
    sum(by_event.aircraft_destroyed)::bigint as aircraft_destroyed,
    count(*) as events,
    count(*) filter (where event_summary.severity = 'FATL') as fatal_events,
    count(*) filter (where event_summary.severity is null) as events_with_unknown_severity,
    -- A share of events, not a rate: nobody counted the flights that ended well.
    count(*) filter (where event_summary.severity = 'FATL')::double precision
    / nullif(count(event_summary.severity), 0) as fatal_share,
    sum(event_summary.total_deaths)::bigint as deaths,
    count(*) filter (where event_summary.total_deaths is null) as events_with_unknown_deaths,
    min(event_summary.ev_date) as first_date,
    max(event_summary.ev_date) as last_date
from by_event
left join event_summary on by_event.ev_id = event_summary.ev_id
group by by_event.make, by_event.model
