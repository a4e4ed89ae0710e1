-- needs: event_summary, events
-- checks: event_summary has one row for each row of events and no other
-- severity: stop
-- allow: 0, a join that repeats rows falsifies every count
-- family: grain
with counted as (
    select ev_id, count(*) as times
    from event_summary
    group by ev_id
)

select
    'event_summary' as relation,
    concat_ws(' ', coalesce(events.ev_id, counted.ev_id)) as row_key,
    format('%s rows for it, %s in events', coalesce(counted.times, 0), count(events.ev_id)) as detail
from counted
full join events on counted.ev_id = events.ev_id
group by coalesce(events.ev_id, counted.ev_id), counted.times
having coalesce(counted.times, 0) <> 1 or count(events.ev_id) <> 1
