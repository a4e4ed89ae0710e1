-- needs: mv_yearly_stats, mv_decade_stats, mv_state_stats, mv_aircraft_stats, mv_crew_stats, mv_finding_stats, events, aircraft, flight_crew, findings
-- checks: the rows of a statistics view add up to what they count: nothing is counted twice or left out
-- severity: stop
-- allow: 0, a join that repeats rows falsifies every count
-- family: grain
-- Counted from the tables, not from the summaries that the statistics are made of: what repeats a row there shows here too.
with of_events as (
    select
        count(*) filter (where ev_year is not null) as dated,
        count(*) filter (where ev_year is not null and convert.to_code(ev_highest_injury) = 'FATL') as dated_fatal,
        count(*) filter (where convert.to_code(ev_country) = 'USA') as in_usa
    from events
),

of_aircraft as (
    select
        count(*) as known,
        count(*) filter (where events.ev_year is not null) as dated,
        count(*) filter (where convert.to_code(events.ev_country) = 'USA') as in_usa
    from aircraft
    left join events on aircraft.ev_id = events.ev_id
),

yearly as (
    select coalesce(sum(events), 0) as events, coalesce(sum(fatal_events), 0) as fatal_events,
        coalesce(sum(aircraft), 0) as aircraft
    from mv_yearly_stats
),

decade as (
    select coalesce(sum(events), 0) as events, coalesce(sum(aircraft), 0) as aircraft
    from mv_decade_stats
),

state as (
    select coalesce(sum(events), 0) as events, coalesce(sum(aircraft), 0) as aircraft
    from mv_state_stats
),

compared (relation, row_key, summed, counted) as (
    values
    ('mv_yearly_stats', 'events', (select events from yearly), (select dated from of_events)),
    ('mv_yearly_stats', 'fatal_events', (select fatal_events from yearly), (select dated_fatal from of_events)),
    ('mv_yearly_stats', 'aircraft', (select aircraft from yearly), (select dated from of_aircraft)),
    ('mv_decade_stats', 'events', (select events from decade), (select dated from of_events)),
    ('mv_decade_stats', 'aircraft', (select aircraft from decade), (select dated from of_aircraft)),
    ('mv_state_stats', 'events', (select events from state), (select in_usa from of_events)),
    ('mv_state_stats', 'aircraft', (select aircraft from state), (select in_usa from of_aircraft)),
    ('mv_aircraft_stats', 'aircraft',
        (select coalesce(sum(aircraft), 0) from mv_aircraft_stats), (select known from of_aircraft)),
    ('mv_crew_stats', 'crew_members',
        (select coalesce(sum(crew_members), 0) from mv_crew_stats), (select count(*) from flight_crew)),
    ('mv_finding_stats', 'findings',
        (select coalesce(sum(findings), 0) from mv_finding_stats), (select count(*) from findings))
)

select
    relation,
    row_key,
    format('the view adds up to %s, there are %s', summed, counted) as detail
from compared
where summed <> counted
