-- needs: clean_flight_crew, event_summary, code_meanings
-- grain: one row per category of crew member; UNKNOWN where none is stated
-- kind: materialized, key: crew_category
-- An event counts once per category: one with a pilot and a copilot counts in both rows.
-- column: crew_category Code of the role of the crew member, trimmed and in upper case; UNKNOWN where none is stated.
-- column: crew_category_meaning Meaning of crew_category in code_meanings; null where it is not explained.
-- column: crew_members Number of crew members.
-- column: aircraft Number of aircraft with such a crew member.
-- column: events Number of events with such a crew member; not additive over rows.
-- column: fatal_events Number of these events with severity FATL.
-- column: events_with_unknown_severity Number of these events whose severity is not known.
-- column: crew_killed Number of the crew members who died (crew_inj_level FATL).
-- column: crew_seriously_injured Number of the crew members with serious injuries (crew_inj_level SERS).
-- column: crew_with_unknown_injury Number of the crew members whose level of injury is not known.
-- column: crew_with_known_age Number of the crew members with an age of 10 to 100 years.
-- column: median_age Median of the known ages, in years.
-- column: youngest_age Lowest known age, in years.
-- column: oldest_age Highest known age, in years.
with members as (
    select
        coalesce(crew_category_code, 'UNKNOWN') as crew_category, ev_id, aircraft_key, crew_inj_level_code as crew_inj_level, crew_age
    from clean_flight_crew
),

persons as (
    select
        crew_category,
        count(*) as crew_members,
        count(*) filter (where crew_inj_level = 'FATL') as crew_killed,
        count(*) filter (where crew_inj_level = 'SERS') as crew_seriously_injured,
        count(*) filter (where (crew_inj_level in ('NONE', 'MINR', 'SERS', 'FATL')) is not true) as crew_with_unknown_injury,
        count(crew_age) as crew_with_known_age,
        percentile_cont(0.5) within group (order by crew_age) as median_age,
        min(crew_age) as youngest_age,
        max(crew_age) as oldest_age
    from members
    group by crew_category
),

by_aircraft as (
    select distinct crew_category, ev_id, aircraft_key
    from members
),

by_event as (
    select crew_category, ev_id, count(*) as aircraft
    from by_aircraft
    group by crew_category, ev_id
),

event_counts as (
    select
        by_event.crew_category,
        sum(by_event.aircraft)::bigint as aircraft,
        count(*) as events,
        count(*) filter (where event_summary.severity = 'FATL') as fatal_events,
        count(*) filter (where event_summary.severity is null) as events_with_unknown_severity
    from by_event
    left join event_summary on by_event.ev_id = event_summary.ev_id
    group by by_event.crew_category
)

select
    persons.crew_category,
    code_meanings.meaning as crew_category_meaning,
    persons.crew_members,
    event_counts.aircraft,
    event_counts.events,
    event_counts.fatal_events,
    event_counts.events_with_unknown_severity,
    persons.crew_killed,
    persons.crew_seriously_injured,
    persons.crew_with_unknown_injury,
    persons.crew_with_known_age,
    persons.median_age,
    persons.youngest_age,
    persons.oldest_age
from persons
inner join event_counts on persons.crew_category = event_counts.crew_category
left join code_meanings
    on code_meanings.table_name = 'flight_crew' and code_meanings.column_name = 'crew_category'
    and code_meanings.code = persons.crew_category
