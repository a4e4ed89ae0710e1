-- needs: aircraft_summary, aircraft
-- checks: aircraft_summary has exactly one row per row of aircraft
-- severity: stop
-- allow: 0, repeated or missing rows make every count wrong
-- family: grain
-- The rows are only compared if count and key hash of the two relations differ.
with counted as (
    select ev_id, aircraft_key, count(*) filter (where is_view) as times, count(*) filter (where not is_view) as expected
    from (
        select ev_id, aircraft_key, true as is_view from aircraft_summary
        union all
        select ev_id, aircraft_key, false as is_view from aircraft
    ) as both_sides
    where (select (count(*), sum(hashtextextended(ev_id, aircraft_key))) from aircraft_summary)
        is distinct from (select (count(*), sum(hashtextextended(ev_id, aircraft_key))) from aircraft)
    group by ev_id, aircraft_key
)

select
    'aircraft_summary' as relation,
    concat_ws(' ', ev_id, aircraft_key) as row_key,
    format('%s rows for it, %s in aircraft', times, expected) as detail
from counted
where times <> 1 or expected <> 1
