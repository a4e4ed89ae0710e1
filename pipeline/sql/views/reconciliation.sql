-- needs: clean_events, clean_aircraft, event_summary, aircraft_harmonized, published_series
-- grain: one row per published reference count, compared with the count in this release
-- kind: materialized, key: series, item, measure
-- Series era, year, state and make are counts of the same files: a complete release agrees to within one percent. General aviation and air
-- carriers are counts of a different population (US accidents under certain regulations), listed for reference only. ours is null where
-- this release has no count.
-- column: published Count in the publication.
-- column: ours Count in this release; null where there is none.
-- column: share Quotient of ours and published; null where published is 0.
with since_1982 as (
    select ev_year, ev_state_code, count(*) as events, count(*) filter (where inj_tot_f > 0) as fatal
    from clean_events
    -- Pre2008 has a few older accidents whose wrecks were found later; the reference counts begin in 1982.
    where not mart.is_record_era(era) and ev_year >= 1982
    group by ev_year, ev_state_code
),

aircraft_by_make as (
    select aircraft.make, count(*) as aircraft
    from clean_aircraft as aircraft
    inner join clean_events as events on aircraft.ev_id = events.ev_id
    where not mart.is_record_era(aircraft.era) and events.ev_year >= 1982 and events.ev_date <= date '2017-03-28'
    group by aircraft.make
),

general_aviation as (
    select ev_year, count(*) as accidents, count(*) filter (where severity = 'FATL') as fatal, sum(total_deaths)::bigint as deaths
    from event_summary
    where is_us and convert.to_code(ev_type) = 'ACC' and ev_year is not null
        and not exists (
            select from aircraft_harmonized
            where aircraft_harmonized.ev_id = event_summary.ev_id
                and aircraft_harmonized.operation in ('121', '125', '127', '129', '135')
        )
    group by ev_year
),

release_counts as (
    select 'era' as series, era as item, 'events' as measure, count(*) as ours
    from clean_events
    where not mart.is_record_era(era)
    group by era
    union all
    select 'era', era, 'aircraft', count(*) from clean_aircraft where mart.is_record_era(era) group by era
    union all
    select 'year', ev_year::text, 'events', sum(events)::bigint from since_1982 group by ev_year
    union all
    select 'year', ev_year::text, 'fatal on board', sum(fatal)::bigint from since_1982 group by ev_year
    union all
    select 'state', coalesce(nullif(ev_state_code, ''), 'UNKNOWN') as state, 'events', sum(events)::bigint
    from since_1982
    group by state
    union all
    select 'make', make, 'aircraft', aircraft from aircraft_by_make
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
    release_counts.ours,
    release_counts.ours::double precision / nullif(published_series.figure::integer, 0) as share,
    published_series.source
from published_series
left join release_counts
    on published_series.series = release_counts.series and published_series.item = release_counts.item
    and published_series.measure = release_counts.measure
