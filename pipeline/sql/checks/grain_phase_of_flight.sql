-- needs: phase_of_flight, aircraft
-- checks: phase_of_flight has exactly one row per row of aircraft
-- severity: stop
-- allow: 0, repeated or missing rows make every count wrong
-- family: grain
with counted as (
    select ev_id, aircraft_key, count(*) filter (where is_view) as times, count(*) filter (where not is_view) as expected
    from (
        select ev_id, aircraft_key, true as is_view from phase_of_flight
        union all
        select ev_id, aircraft_key, false as is_view from aircraft
    ) as both_sides
    group by ev_id, aircraft_key
)

select
    'phase_of_flight' as relation,
    concat_ws(' ', ev_id, aircraft_key) as row_key,
    format('%s rows for it, %s in aircraft', times, expected) as detail
from counted
where times <> 1 or expected <> 1
