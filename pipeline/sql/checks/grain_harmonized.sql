-- needs: events, aircraft, event_harmonized, aircraft_harmonized, aircraft_names
-- checks: the views of harmonized codes and names have exactly one row per event or aircraft
-- severity: stop
-- allow: 0, repeated rows would be counted twice
-- family: grain
with counted as (
    select 'event_harmonized' as relation, (select count(*) from event_harmonized) as rows,
        (select count(*) from events) as expected
    union all
    select 'aircraft_harmonized', (select count(*) from aircraft_harmonized), (select count(*) from aircraft)
    union all
    select 'aircraft_names', (select count(*) from aircraft_names), (select count(*) from aircraft)
)

select
    relation,
    relation as row_key,
    format('%s rows, expected %s', rows, expected) as detail
from counted
where rows <> expected
