-- needs: injury_counts, events
-- grain: one row per aircraft of the 30,000 newest events and category of persons aboard, in the order of ev_id
with counted as (
    select ev_id, aircraft_key, coalesce(lower(person_group), category) as persons, injury_level, inj_person_count
    from injury_counts
    where inj_person_count is not null
        and ev_id in (select ev_id from events order by ev_date desc nulls last, ev_id collate "C" desc limit 30000)
)

select
    ev_id, aircraft_key, persons,
    sum(inj_person_count) filter (where injury_level = 'FATL')::integer as fatal,
    sum(inj_person_count) filter (where injury_level = 'SERS')::integer as serious,
    sum(inj_person_count) filter (where injury_level = 'MINR')::integer as minor,
    sum(inj_person_count) filter (where injury_level = 'NONE')::integer as uninjured
from counted
group by ev_id, aircraft_key, persons
order by ev_id collate "C", aircraft_key, persons collate "C";
