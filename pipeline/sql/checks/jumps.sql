-- needs: events
-- checks: no year has far more or far fewer events than the two years before and after it, in total, by state and by severity
-- severity: warn
-- allow: 0, such a year has lost or duplicated rows, or a real change worth knowing about
-- family: jumps
-- Far: outside the range of the four years by 30 % and by four standard deviations of a Poisson count (square root of the count).
-- The newest year is incomplete and therefore excluded.
-- Events are grouped first, so that a few thousand groups are labeled instead of every event.
with grouped as (
    select ev_year, ev_country, ev_state, ev_highest_injury, count(*) as events
    from events
    group by ev_year, ev_country, ev_state, ev_highest_injury
),

labeled as (
    select 'all events' as label, ev_year, events
    from grouped
    union all
    select 'state ' || convert.to_code(ev_state) as label, ev_year, events
    from grouped
    where convert.to_code(ev_country) = 'USA' and convert.to_code(ev_state) <> ''
    union all
    select 'severity ' || coalesce(nullif(convert.to_code(ev_highest_injury), ''), 'not known') as label, ev_year, events
    from grouped
),

-- Years without events have the count 0.
years as (
    select generate_series(min(ev_year), max(ev_year) - 1) as ev_year
    from grouped
),

counted as (
    select
        labels.label,
        years.ev_year,
        coalesce(sum(labeled.events), 0)::bigint as events
    from (select distinct label from labeled) as labels
    cross join years
    left join labeled on labels.label = labeled.label and years.ev_year = labeled.ev_year
    group by labels.label, years.ev_year
),

compared as (
    select
        label,
        ev_year,
        events,
        min(events) over neighbors as fewest,
        max(events) over neighbors as most
    from counted
    window neighbors as (
        partition by label order by ev_year rows between 2 preceding and 2 following exclude current row
    )
)

select
    'events' as relation,
    format('%s %s', label, ev_year) as row_key,
    format('%s events, %s to %s in the years around', events, fewest, most) as detail
from compared
where (events > 1.3 * most and events > most + 4 * sqrt(most + 1))
    or (events < 0.7 * fewest and events < fewest - 4 * sqrt(fewest + 1))
