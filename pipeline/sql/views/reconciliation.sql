-- needs: events, aircraft, event_summary, aircraft_language, published_series
-- grain: one row per figure that was published elsewhere, beside what this release counts for it
-- kind: materialized, key: series, item, measure
-- series: era, year, state and make are counts of the same files, so a whole release comes within a percent; general aviation and air
-- carriers are counts of other things (US accidents under certain rules), shown beside, never compared. ours is null where we count nothing.
with since_1982 as (
    select ev_year, coalesce(nullif(upper(btrim(ev_state)), ''), 'UNKNOWN') as state, inj_tot_f
    from events
    -- A few older wrecks, found later, stand in Pre2008; what was published begins in 1982.
    where era <> 'pre1982' and ev_year >= 1982
),

counted as (
    select 'era' as series, era as item, 'events' as measure, count(*) as ours
    from events
    where era <> 'pre1982'
    group by era
    union all
    select 'era', 'pre1982', 'aircraft', nullif(count(*), 0) from aircraft where era = 'pre1982'
    union all
    select 'year', ev_year::text, 'events', count(*) from since_1982 group by ev_year
    union all
    select 'year', ev_year::text, 'fatal on board', count(*) filter (where inj_tot_f > 0) from since_1982 group by ev_year
    union all
    select 'state', state, 'events', count(*) from since_1982 group by state
    union all
    select 'make', upper(btrim(aircraft.acft_make)), 'aircraft', count(*)
    from aircraft
    inner join events on aircraft.ev_id = events.ev_id
    where aircraft.era <> 'pre1982' and events.ev_year >= 1982 and events.ev_date <= date '2017-03-28'
    group by upper(btrim(aircraft.acft_make))
    union all
    select kinds.series, event_summary.ev_year::text, kinds.measure,
        case kinds.measure
            when 'accidents' then count(*)
            when 'fatal accidents' then count(*) filter (where event_summary.severity = 'FATL')
            else sum(event_summary.total_deaths)::bigint
        end
    from event_summary
    cross join (
        values
        ('general aviation', 'accidents'), ('general aviation', 'fatal accidents'), ('general aviation', 'deaths')
    ) as kinds (series, measure)
    where event_summary.is_us and event_summary.ev_type = 'ACC' and event_summary.ev_year is not null
        and not exists (
            select from aircraft_language
            where aircraft_language.ev_id = event_summary.ev_id
                and aircraft_language.operation in ('121', '125', '127', '129', '135')
        )
    group by kinds.series, event_summary.ev_year, kinds.measure
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
