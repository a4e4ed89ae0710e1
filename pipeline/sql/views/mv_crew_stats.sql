-- needs: flight_crew, event_summary, code_meanings
-- grain: one row per category of crew member; UNKNOWN where none is stated
-- kind: materialized, key: crew_category
-- An event counts once per category; with a pilot and a copilot it stands in both rows.
with members as (
    select
        coalesce(nullif(upper(btrim(flight_crew.crew_category)), ''), 'UNKNOWN') as crew_category,
        flight_crew.ev_id,
        flight_crew.aircraft_key,
        upper(btrim(flight_crew.crew_inj_level)) as crew_inj_level,
        -- 0 is written where the age is not known, and the column goes up to 255.
        case when flight_crew.crew_age between 10 and 100 then flight_crew.crew_age end as crew_age,
        event_summary.severity
    from flight_crew
    left join event_summary on flight_crew.ev_id = event_summary.ev_id
),

meanings as (
    select code, meaning
    from code_meanings
    where table_name = 'flight_crew' and column_name = 'crew_category'
),

counted as (
    select
        crew_category,
        count(*) as crew_members,
        count(distinct (ev_id, aircraft_key)) as aircraft,
        count(distinct ev_id) as events,
        count(distinct ev_id) filter (where severity = 'FATL') as fatal_events,
        count(*) filter (where crew_inj_level = 'FATL') as crew_killed,
        count(*) filter (where crew_inj_level = 'SERS') as crew_seriously_injured,
        count(crew_age) as crew_of_known_age,
        percentile_cont(0.5) within group (order by crew_age) as median_age,
        min(crew_age) as youngest_age,
        max(crew_age) as oldest_age
    from members
    group by crew_category
)

select
    counted.crew_category,
    meanings.meaning as crew_category_meaning,
    counted.crew_members,
    counted.aircraft,
    counted.events,
    counted.fatal_events,
    counted.crew_killed,
    counted.crew_seriously_injured,
    counted.crew_of_known_age,
    counted.median_age,
    counted.youngest_age,
    counted.oldest_age
from counted
left join meanings on counted.crew_category = meanings.code
