-- needs: events
-- checks: no year has far more or far fewer events than the two years before and the two after, in all, by state, by severity
-- severity: warn
-- allow: 0, a year that stands out has lost or doubled rows, or something has happened that is worth knowing
-- family: jumps
-- Far is beyond all of the four years by three tenths and by four times the chance variation of a count (its square root).
-- The newest year is not over: it is neither judged nor compared with.
-- Events alike in all that is looked at are counted first: a few thousand groups are then labelled instead of every event.
with grouped as (
    select ev_year, ev_country, ev_state, ev_highest_injury, count(*) as events
    from events
    group by ev_year, ev_country, ev_state, ev_highest_injury
),

labelled as (
    select 'all events' as label, ev_year, events
    from grouped
    union all
    select 'state ' || upper(btrim(ev_state)) as label, ev_year, events
    from grouped
    where upper(btrim(ev_country)) = 'USA' and btrim(ev_state) <> ''
    union all
    select 'severity ' || coalesce(nullif(btrim(ev_highest_injury), ''), 'not known') as label, ev_year, events
    from grouped
),

-- A year without events is a count of none.
years as (
    select generate_series(min(ev_year), max(ev_year) - 1) as ev_year
    from grouped
),

counted as (
    select
        labels.label,
        years.ev_year,
        coalesce(sum(labelled.events), 0)::bigint as events
    from (select distinct label from labelled) as labels
    cross join years
    left join labelled on labels.label = labelled.label and years.ev_year = labelled.ev_year
    group by labels.label, years.ev_year
),

compared as (
    select
        label,
        ev_year,
        events,
        min(events) over around as fewest,
        max(events) over around as most
    from counted
    window around as (
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
