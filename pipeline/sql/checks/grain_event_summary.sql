-- needs: event_summary, events
-- checks: event_summary has exactly one row per row of events
-- severity: stop
-- allow: 0, repeated or missing rows make every count wrong
-- family: grain
-- The rows are only compared if count and key hash of the two relations differ.
with counted as (
    select ev_id, count(*) filter (where is_view) as times, count(*) filter (where not is_view) as expected
    from (
        select ev_id, true as is_view from event_summary
        union all
        select ev_id, false as is_view from events
    ) as both_sides
    where (select (count(*), sum(hashtextextended(ev_id, 0))) from event_summary)
        is distinct from (select (count(*), sum(hashtextextended(ev_id, 0))) from events)
    group by ev_id
)

select
    'event_summary' as relation,
    concat_ws(' ', ev_id) as row_key,
    format('%s rows for it, %s in events', times, expected) as detail
from counted
where times <> 1 or expected <> 1
