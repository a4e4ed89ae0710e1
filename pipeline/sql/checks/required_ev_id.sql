-- needs: events, ntsb_admin, dt_events, aircraft, narratives, findings, events_sequence
-- checks: every row of the tables about events and aircraft says which event it is about
-- severity: stop
-- allow: 0, nothing can be joined without it
-- family: required values
-- A row with a parent bears its parent's ev_id: where a constraint sees to it, only events are read.
with told as (
    select 'events' as relation, ev_id, source_file, source_row from events
    union all
    select 'ntsb_admin' as relation, ev_id, source_file, source_row from ntsb_admin
    where not audit.has_parent('ntsb_admin', 'events', 'ev_id')
    union all
    select 'dt_events' as relation, ev_id, source_file, source_row from dt_events
    where not audit.has_parent('dt_events', 'events', 'ev_id')
    union all
    select 'aircraft' as relation, ev_id, source_file, source_row from aircraft
    where not audit.has_parent('aircraft', 'events', 'ev_id')
    union all
    select 'narratives' as relation, ev_id, source_file, source_row from narratives
    where not audit.has_parent('narratives', 'aircraft', 'ev_id, aircraft_key')
    union all
    select 'findings' as relation, ev_id, source_file, source_row from findings
    where not audit.has_parent('findings', 'aircraft', 'ev_id, aircraft_key')
    union all
    select 'events_sequence' as relation, ev_id, source_file, source_row from events_sequence
    where not audit.has_parent('events_sequence', 'aircraft', 'ev_id, aircraft_key')
)

select
    relation,
    concat_ws(' ', source_file, source_row) as row_key,
    'ev_id is missing' as detail
from told
where coalesce(btrim(ev_id), '') = ''
