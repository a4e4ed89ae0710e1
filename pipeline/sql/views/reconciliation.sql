-- needs: events, aircraft, event_summary, aircraft_harmonized, published_series
-- grain: one row per figure that was published elsewhere, beside what this release counts for it
-- kind: materialized, key: series, item, measure
-- series: era, year, state and make are counts of the same files, so a whole release comes within a percent; general aviation and air
-- carriers are counts of other things (US accidents under certain rules), shown beside, never compared. ours is null where we count nothing.
with since_1982 as (
    select ev_year, ev_state, count(*) as events, count(*) filter (where inj_tot_f > 0) as fatal
    from events
    -- A few older wrecks, found later, stand in Pre2008; what was published begins in 1982.
    where era <> 'pre1982' and ev_year >= 1982
    group by ev_year, ev_state
),

made as (
    select aircraft.acft_make, count(*) as aircraft
    from aircraft
    inner join events on aircraft.ev_id = events.ev_id
    where aircraft.era <> 'pre1982' and events.ev_year >= 1982 and events.ev_date <= date '2017-03-28'
    group by aircraft.acft_make
),

general_aviation as (
    select ev_year, count(*) as accidents, count(*) filter (where severity = 'FATL') as fatal, sum(total_deaths)::bigint as deaths
    from event_summary
    where is_us and ev_type = 'ACC' and ev_year is not null
        and not exists (
            select from aircraft_harmonized
            where aircraft_harmonized.ev_id = event_summary.ev_id
                and aircraft_harmonized.operation in ('121', '125', '127', '129', '135')
        )
    group by ev_year
),

counted as (
    select 'era' as series, era as item, 'events' as measure, count(*) as ours
    from events
    where era <> 'pre1982'
    group by era
    union all
    select 'era', 'pre1982', 'aircraft', nullif(count(*), 0) from aircraft where era = 'pre1982'
    union all
    select 'year', ev_year::text, 'events', sum(events)::bigint from since_1982 group by ev_year
    union all
    select 'year', ev_year::text, 'fatal on board', sum(fatal)::bigint from since_1982 group by ev_year
    union all
    select 'state', coalesce(nullif(upper(btrim(ev_state)), ''), 'UNKNOWN') as state, 'events', sum(events)::bigint
    from since_1982
    group by state
    union all
    select 'make', upper(btrim(acft_make)) as make, 'aircraft', sum(aircraft)::bigint from made group by make
    union all
    select 'general aviation', ev_year::text, 'accidents', accidents from general_aviation
    union all
    select 'general aviation', ev_year::text, 'fatal accidents', fatal from general_aviation
    union all
    select 'general aviation', ev_year::text, 'deaths', deaths from general_aviation
)

select
    published_series.series,
    published_series.item,
    published_series.measure,
    published_series.figure::integer as published,
    counted.ours,
    counted.ours::double precision / nullif(published_series.figure::integer, 0) as share,
    published_series.source
from published_series
left join counted
    on published_series.series = counted.series and published_series.item = counted.item
    and published_series.measure = counted.measure
