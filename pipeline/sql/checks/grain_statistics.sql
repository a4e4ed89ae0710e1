-- needs: mv_yearly_stats, mv_decade_stats, mv_state_stats, mv_aircraft_stats, mv_crew_stats, mv_finding_stats, event_summary, aircraft_summary, flight_crew, findings
-- checks: the rows of a statistics view add up to what they count: nothing is counted twice or left out
-- severity: stop
-- allow: 0, a join that repeats rows falsifies every count
-- family: grain
with compared (relation, row_key, summed, counted) as (
    values
    ('mv_yearly_stats', 'events',
        (select coalesce(sum(events), 0) from mv_yearly_stats),
        (select count(*) from event_summary where ev_year is not null)),
    ('mv_yearly_stats', 'fatal_events',
        (select coalesce(sum(fatal_events), 0) from mv_yearly_stats),
        (select count(*) from event_summary where ev_year is not null and severity = 'FATL')),
    ('mv_yearly_stats', 'aircraft',
        (select coalesce(sum(aircraft), 0) from mv_yearly_stats),
        (select count(*) from aircraft_summary where ev_year is not null)),
    ('mv_decade_stats', 'events',
        (select coalesce(sum(events), 0) from mv_decade_stats),
        (select count(*) from event_summary where ev_year is not null)),
    ('mv_decade_stats', 'aircraft',
        (select coalesce(sum(aircraft), 0) from mv_decade_stats),
        (select count(*) from aircraft_summary where ev_year is not null)),
    ('mv_state_stats', 'events',
        (select coalesce(sum(events), 0) from mv_state_stats),
        (select count(*) from event_summary where is_us)),
    ('mv_state_stats', 'aircraft',
        (select coalesce(sum(aircraft), 0) from mv_state_stats),
        (select count(*) from aircraft_summary where is_us)),
    ('mv_aircraft_stats', 'aircraft',
        (select coalesce(sum(aircraft), 0) from mv_aircraft_stats),
        (select count(*) from aircraft_summary)),
    ('mv_crew_stats', 'crew_members',
        (select coalesce(sum(crew_members), 0) from mv_crew_stats),
        (select count(*) from flight_crew)),
    ('mv_finding_stats', 'findings',
        (select coalesce(sum(findings), 0) from mv_finding_stats),
        (select count(*) from findings))
)

select
    relation,
    row_key,
    format('the view adds up to %s, there are %s', summed, counted) as detail
from compared
where summed <> counted
