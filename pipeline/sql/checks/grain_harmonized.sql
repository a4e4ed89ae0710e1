-- needs: events, aircraft, event_harmonized, aircraft_harmonized, aircraft_names
-- checks: the views of the common language and of names hold every event and every aircraft once
-- severity: stop
-- allow: 0, a join that repeats rows would count them twice
-- family: grain
with counted as (
    select 'event_harmonized' as relation, (select count(*) from event_harmonized) as found,
        (select count(*) from events) as expected
    union all
    select 'aircraft_harmonized', (select count(*) from aircraft_harmonized), (select count(*) from aircraft)
    union all
    select 'aircraft_names', (select count(*) from aircraft_names), (select count(*) from aircraft)
)

select
    relation,
    relation as row_key,
    format('%s rows, expected %s', found, expected) as detail
from counted
where found <> expected
