-- needs: clean_events, aircraft_harmonized
-- grain: one row per year and kind of accident: aircraft in accidents in the USA; null where none is stated
select event.ev_year, harmonized.occurrence, count(*) as aircraft
from aircraft_harmonized as harmonized
inner join clean_events as event on harmonized.ev_id = event.ev_id
where event.is_us and event.ev_type_code is distinct from 'INC' and event.ev_year is not null
group by event.ev_year, harmonized.occurrence
order by event.ev_year, harmonized.occurrence collate "C" nulls last;
