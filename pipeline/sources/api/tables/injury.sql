-- needs: api_aircraft
-- grain: one row per aircraft, group of persons and level of injury with persons, and one per group with their sum
-- The API's own totals are not read: flightCrewTotal counts injured persons only.
with injured as materialized (
    select
        case_row, position, ev_id, "aircraftNumber" as aircraft_key, lchg_date, convert.api_objects(injuries) -> 0 as item
    from api_aircraft
),

counts as (
    select
        injured.case_row,
        injured.position,
        injured.ev_id,
        injured.aircraft_key,
        injured.lchg_date,
        groups.code as inj_person_category,
        groups.number as group_number,
        levels.code as injury_level,
        levels.number as level_number,
        injured.item ->> (groups.name || levels.name) as persons
    from injured
    cross join
        (
            values ('flightCrew', 'Flig', 1), ('cabinCrew', 'Cabi', 2), ('passengers', 'Pass', 3), ('lapChildren', 'Lapc', 4)
        ) as groups (name, code, number)
    cross join
        (values ('Fatal', 'FATL', 1), ('Minor', 'MINR', 2), ('None', 'NONE', 3), ('Serious', 'SERS', 4)) as levels (
            name, code, number
        )
),

rows as (
    select * from counts
    where persons is not null and persons <> '0'
    union all
    select
        case_row, position, ev_id, aircraft_key, lchg_date, inj_person_category, group_number, 'TOTL', 5,
        sum(convert.to_integer(persons))::text
    from counts
    group by case_row, position, ev_id, aircraft_key, lchg_date, inj_person_category, group_number
    having sum(convert.to_integer(persons)) > 0
)

select
    case_row,
    row_number() over (order by case_row, position, group_number, level_number) as source_row,
    ev_id,
    aircraft_key,
    inj_person_category,
    injury_level,
    persons as inj_person_count,
    lchg_date
from rows
