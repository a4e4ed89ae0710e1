-- needs: events
-- grain: one row per label (all events, a state, a severity) and year, with its events
select
    'all events' as label,
    ev_year,
    count(*) as events
from events
where ev_year is not null
group by ev_year
union all
select
    'state ' || upper(btrim(ev_state)) as label,
    ev_year,
    count(*) as events
from events
where ev_year is not null and upper(btrim(ev_country)) = 'USA' and btrim(ev_state) <> ''
group by upper(btrim(ev_state)), ev_year
union all
select
    'severity ' || coalesce(nullif(btrim(ev_highest_injury), ''), 'not known') as label,
    ev_year,
    count(*) as events
from events
where ev_year is not null
group by coalesce(nullif(btrim(ev_highest_injury), ''), 'not known'), ev_year
