-- needs: events, ntsb_admin, dt_events, aircraft, narratives, findings, events_sequence
-- checks: every row of the tables about events and aircraft says which event it is about
-- severity: stop
-- allow: 0, nothing can be joined without it
-- family: required values
with told as (
    select 'events' as relation, ev_id, source_file, source_row from events
    union all
    select 'ntsb_admin' as relation, ev_id, source_file, source_row from ntsb_admin
    union all
    select 'dt_events' as relation, ev_id, source_file, source_row from dt_events
    union all
    select 'aircraft' as relation, ev_id, source_file, source_row from aircraft
    union all
    select 'narratives' as relation, ev_id, source_file, source_row from narratives
    union all
    select 'findings' as relation, ev_id, source_file, source_row from findings
    union all
    select 'events_sequence' as relation, ev_id, source_file, source_row from events_sequence
)

select
    relation,
    concat_ws(' ', source_file, source_row) as row_key,
    'ev_id is missing' as detail
from told
where coalesce(btrim(ev_id), '') = ''
