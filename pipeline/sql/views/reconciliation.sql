-- needs: clean_events, clean_aircraft, aircraft_harmonized, event_summary, rate_accidents, mv_yearly_stats, published_series
-- grain: one row per published reference count, compared with the count in this release
-- kind: materialized, key: series, item, measure
-- Series era, year, state and make are counts of the same files: a complete release agrees to within one percent. The others are NTSB's
-- statistics of the operations that rate_population defines, which count accidents since 1982. release_count is null where this release
-- has no count, and for deaths where none of the numbers is known.
-- column: published Count in the publication.
-- column: release_count Count in this release; null where there is none.
-- column: share The column release_count divided by published; null where published is 0.
-- column: as_of Date of the publication, of the archived copy or of the counted files, as exact as it is known.
-- column: definition Definition of the accidents counted, as in rate_population; null for counts of the same files.
-- column: note Remark on the published count, such as preliminary; null without one.
-- column: unknown_operation Number of accidents of the year in the United States that no definition counts, because no operation is stated.
-- column: unknown_registration Number of the accidents counted whose aircraft have no registration and may be foreign.
-- column: unknown_deaths Number of the accidents counted that are or may be fatal and whose number of deaths is unknown: they add nothing to deaths.
-- column: year_end Number of the accidents counted that are dated December 31 or January 1: by local time they may belong to another year.
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

statistics as (
    select
        rate_accidents.definition, rate_accidents.ev_year,
        count(*) as accidents,
        count(*) filter (where rate_accidents.is_fatal) as fatal,
        case
            when bool_and(not coalesce(rate_accidents.is_fatal, true)) then 0
            else sum(event_summary.total_deaths) filter (where coalesce(rate_accidents.is_fatal, true))
        end::bigint as deaths,
        count(*) filter (where coalesce(rate_accidents.is_fatal, true) and event_summary.total_deaths is null) as unknown_deaths,
        count(*) filter (where rate_accidents.is_registration_unknown) as unknown_registration,
        count(*) filter (where to_char(event_summary.ev_date, 'MMDD') in ('1231', '0101')) as year_end
    from rate_accidents
    inner join event_summary on rate_accidents.ev_id = event_summary.ev_id
    where rate_accidents.aircraft_class = 'all'
    group by rate_accidents.definition, rate_accidents.ev_year
),

without_operation as (
    select ev_year, count(*) as accidents
    from event_summary
    where is_us and convert.to_code(ev_type) = 'ACC' and ev_year >= 1982
        and exists (
            select from aircraft_harmonized
            where aircraft_harmonized.ev_id = event_summary.ev_id and coalesce(aircraft_harmonized.operation, 'UNK') = 'UNK'
        )
        and not exists (
            select from rate_accidents where rate_accidents.ev_id = event_summary.ev_id and rate_accidents.aircraft_class = 'all'
        )
    group by ev_year
),

release_counts as (
    select 'era' as series, era as item, 'events' as measure, count(*) as release_count
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
)

select
    published_series.series,
    published_series.item,
    published_series.measure,
    published_series.figure::integer as published,
    counted.release_count,
    counted.release_count::double precision / nullif(published_series.figure::integer, 0) as share,
    published_series.source,
    published_series.as_of,
    published_series.definition,
    published_series.note,
    case when published_series.definition is not null then coalesce(without_operation.accidents, 0) end as unknown_operation,
    case when published_series.definition is not null then coalesce(statistics.unknown_registration, 0) end as unknown_registration,
    case when published_series.definition is not null then coalesce(statistics.unknown_deaths, 0) end as unknown_deaths,
    case when published_series.definition is not null then coalesce(statistics.year_end, 0) end as year_end
from published_series
left join release_counts
    on published_series.series = release_counts.series and published_series.item = release_counts.item
    and published_series.measure = release_counts.measure
left join statistics
    on published_series.definition = statistics.definition and published_series.item = statistics.ev_year::text
left join without_operation
    on published_series.definition is not null and published_series.item = without_operation.ev_year::text
-- A year that has events, but none of these accidents, has no accidents, not an unknown number.
left join mv_yearly_stats
    on published_series.definition is not null and published_series.item = mv_yearly_stats.ev_year::text and mv_yearly_stats.ev_year >= 1982
cross join lateral (
    select
        case
            when published_series.definition is null then release_counts.release_count
            when mv_yearly_stats.ev_year is null then null
            when statistics.ev_year is null then 0
            when published_series.measure = 'accidents' then statistics.accidents
            when published_series.measure = 'fatal accidents' then statistics.fatal
            when published_series.measure = 'deaths' then statistics.deaths
        end as release_count
) as counted
