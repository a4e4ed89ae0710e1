-- needs: exposure_accidents
-- grain: one row per operation, class of aircraft and period (each year, and for classes all years together): accidents per 100,000 hours
-- kind: materialized, key: operation, aircraft_class, first_year, last_year
-- functions: rates
-- Limits by mart.rate_limits. Standard errors of several years are combined as independent ones: the root of the sum of their squares.
-- column: operation Kind of operation, as in exposure.
-- column: aircraft_class Class of aircraft, as in exposure; all for all aircraft of the operation.
-- column: first_year First year of the period.
-- column: last_year Last year of the period. Years without hours, such as 2011, or without a count count for neither hours nor accidents.
-- column: years Number of years with hours.
-- column: definition Accidents that are counted, as in rate_population.
-- column: flight_hours Flight hours of the period, in hours; null where the source has none.
-- column: standard_error Standard error of flight_hours, in hours, over the years that have one; null where none has.
-- column: years_with_error Number of years whose standard error the limits include; with 0, they reflect the count alone.
-- column: accidents Number of accidents that the definition counts, without the excluded ones; null where they cannot be counted.
-- column: fatal_accidents Number of those accidents with severity FATL; null where they cannot be counted.
-- column: accidents_with_unknown_severity Number of the accidents counted whose severity is not known: fatal_rate counts none of them.
-- column: excluded_accidents Number of accidents left out: suicide, sabotage, stolen or unauthorized aircraft.
-- column: accidents_of_unknown_registration Number of the accidents counted whose aircraft have no registration.
-- column: accident_rate Accidents per 100,000 flight hours; null where no_rate_reason says why.
-- column: accident_rate_lower Lower 95 % confidence limit of accident_rate.
-- column: accident_rate_upper Upper 95 % confidence limit of accident_rate.
-- column: fatal_rate Fatal accidents per 100,000 flight hours; null where no_rate_reason says why.
-- column: fatal_rate_lower Lower 95 % confidence limit of fatal_rate.
-- column: fatal_rate_upper Upper 95 % confidence limit of fatal_rate.
-- column: release_share Share of NTSB's events of these years that this release has (reconciliation): well below 1, rates are too low; null where it is not known.
-- column: no_rate_reason Reason why there is no rate; null where there is one.
with periods as (
    select
        operation, aircraft_class, year as first_year, year as last_year, (flight_hours is not null)::integer as years, definition,
        flight_hours, standard_error, (standard_error is not null)::integer as years_with_error, accidents, fatal_accidents,
        accidents_with_unknown_severity, excluded_accidents, accidents_of_unknown_registration, published_events, release_events,
        no_count_reason
    from exposure_accidents
    union all
    select
        operation, aircraft_class, min(year), max(year), count(*)::integer, min(definition collate "C"),
        sum(flight_hours)::bigint, sqrt(sum(standard_error * standard_error order by year)), count(standard_error)::integer,
        sum(accidents)::bigint, sum(fatal_accidents)::bigint, sum(accidents_with_unknown_severity)::bigint, sum(excluded_accidents)::bigint,
        sum(accidents_of_unknown_registration)::bigint, sum(published_events)::bigint, sum(release_events)::bigint,
        case when count(distinct definition) > 1 then 'The definitions of these years differ.' end
    from exposure_accidents
    where aircraft_class <> 'all' and flight_hours is not null and no_count_reason is null
    group by operation, aircraft_class
    having count(*) > 1
),

counted as (
    select
        periods.*,
        coalesce(no_count_reason, case when coalesce(flight_hours, 0) = 0 then 'The source has no flight hours.' end) as no_rate_reason
    from periods
)

select
    counted.operation,
    counted.aircraft_class,
    counted.first_year,
    counted.last_year,
    counted.years,
    counted.definition,
    counted.flight_hours,
    round(counted.standard_error::numeric, 1)::double precision as standard_error,
    counted.years_with_error,
    case when counted.no_count_reason is null then counted.accidents end as accidents,
    case when counted.no_count_reason is null then counted.fatal_accidents end as fatal_accidents,
    case when counted.no_count_reason is null then counted.accidents_with_unknown_severity end as accidents_with_unknown_severity,
    case when counted.no_count_reason is null then counted.excluded_accidents end as excluded_accidents,
    case when counted.no_count_reason is null then counted.accidents_of_unknown_registration end as accidents_of_unknown_registration,
    total.rate as accident_rate,
    total.lower_limit as accident_rate_lower,
    total.upper_limit as accident_rate_upper,
    fatal.rate as fatal_rate,
    fatal.lower_limit as fatal_rate_lower,
    fatal.upper_limit as fatal_rate_upper,
    counted.release_events::double precision / nullif(counted.published_events, 0) as release_share,
    counted.no_rate_reason
from counted
left join lateral mart.rate_limits(counted.accidents, counted.flight_hours, counted.standard_error) as total
    on counted.no_rate_reason is null
left join lateral mart.rate_limits(counted.fatal_accidents, counted.flight_hours, counted.standard_error) as fatal
    on counted.no_rate_reason is null
