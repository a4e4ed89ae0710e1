-- needs: clean_aircraft, code_meanings
-- grain: one row per code of the operating part that occurs, most frequent first, with its meaning
with meaning as (
    select code, meaning from code_meanings where table_name = 'aircraft' and column_name = 'far_part'
)

select clean_aircraft.far_part_code as code, meaning.meaning, count(*) as aircraft
from clean_aircraft
left join meaning on clean_aircraft.far_part_code = meaning.code
where clean_aircraft.far_part_code <> ''
group by clean_aircraft.far_part_code, meaning.meaning
order by count(*) desc, clean_aircraft.far_part_code collate "C";
