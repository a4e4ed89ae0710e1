-- needs: exposure, rate_population, rate_accidents, exposure_class, mv_yearly_stats, reconciliation
-- grain: one row per row of exposure with the accidents that its definition counts, or the reason why none can be counted
-- kind: view
-- column: accidents Number of accidents that the definition counts, without the excluded ones; null where no_count_reason says why.
-- column: fatal_accidents Number of those accidents with severity FATL; null where no_count_reason says why.
-- column: accidents_with_unknown_severity Number of the accidents counted whose severity is not known; null where no_count_reason says why.
-- column: excluded_accidents Number of accidents left out: suicide, sabotage, stolen or unauthorized aircraft; null where no_count_reason says why.
-- column: accidents_of_unknown_registration Number of the accidents counted whose aircraft have no registration; null where no_count_reason says why.
-- column: no_count_reason Reason why no accidents can be counted; null where they are.
-- column: published_events Number of events of the year in NTSB's files, as published (reconciliation); null where it is not known.
-- column: release_events Number of events of the year in this release, counted as the published ones; null without a published number.
with yearly_counts as (
    select
        definition, aircraft_class, ev_year,
        count(*) filter (where not is_excluded) as accidents,
        count(*) filter (where is_fatal and not is_excluded) as fatal_accidents,
        count(*) filter (where is_fatal is null and not is_excluded) as accidents_with_unknown_severity,
        count(*) filter (where is_excluded) as excluded_accidents,
        count(*) filter (where is_registration_unknown and not is_excluded) as accidents_of_unknown_registration
    from rate_accidents
    group by definition, aircraft_class, ev_year
),

published as (
    select item::integer as year, published as published_events, coalesce(release_count, 0) as release_events
    from reconciliation
    where series = 'year' and measure = 'events'
),

reasoned as (
    select
        exposure.*,
        case
            when population.definition is null then 'rate_population has no such definition, so no accidents match.'
            when population.no_rate_reason is not null then population.no_rate_reason
            when (population.by_class = 'yes') <> exists (
                select from exposure_class where exposure_class.aircraft_class = exposure.aircraft_class
            ) or (population.by_class = 'no' and exposure.aircraft_class <> 'all')
                then 'The definition does not count accidents of this class of aircraft.'
            when exposure.year < population.first_year::integer
                then 'Accidents by this definition are coded since ' || population.first_year || ' only.'
            when mv_yearly_stats.ev_year is null then 'This release has no events of the year.'
        end as no_count_reason
    from exposure
    left join rate_population as population on exposure.definition = population.definition
    left join mv_yearly_stats on exposure.year = mv_yearly_stats.ev_year
)

select
    reasoned.year, reasoned.operation, reasoned.aircraft_class, reasoned.definition, reasoned.flight_hours, reasoned.standard_error,
    case when reasoned.no_count_reason is null then coalesce(yearly_counts.accidents, 0) end as accidents,
    case when reasoned.no_count_reason is null then coalesce(yearly_counts.fatal_accidents, 0) end as fatal_accidents,
    case when reasoned.no_count_reason is null then coalesce(yearly_counts.accidents_with_unknown_severity, 0) end
        as accidents_with_unknown_severity,
    case when reasoned.no_count_reason is null then coalesce(yearly_counts.excluded_accidents, 0) end as excluded_accidents,
    case when reasoned.no_count_reason is null then coalesce(yearly_counts.accidents_of_unknown_registration, 0) end
        as accidents_of_unknown_registration,
    reasoned.no_count_reason,
    published.published_events,
    published.release_events
from reasoned
left join published on reasoned.year = published.year
left join yearly_counts
    on reasoned.definition = yearly_counts.definition and reasoned.aircraft_class = yearly_counts.aircraft_class
    and reasoned.year = yearly_counts.ev_year
