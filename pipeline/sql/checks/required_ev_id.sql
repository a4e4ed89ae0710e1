-- needs: events, ntsb_admin, dt_events, aircraft, narratives, findings, events_sequence
-- checks: every row of the tables about events and aircraft says which event it is about
-- severity: stop
-- allow: 0, nothing can be joined without it
-- family: required values
select
    'events' as relation,
    concat_ws(' ', source_file, source_row) as row_key,
    'ev_id is missing' as detail
from events
where coalesce(btrim(ev_id), '') = ''
union all
select
    'ntsb_admin' as relation,
    concat_ws(' ', source_file, source_row) as row_key,
    'ev_id is missing' as detail
from ntsb_admin
where coalesce(btrim(ev_id), '') = ''
union all
select
    'dt_events' as relation,
    concat_ws(' ', source_file, source_row) as row_key,
    'ev_id is missing' as detail
from dt_events
where coalesce(btrim(ev_id), '') = ''
union all
select
    'aircraft' as relation,
    concat_ws(' ', source_file, source_row) as row_key,
    'ev_id is missing' as detail
from aircraft
where coalesce(btrim(ev_id), '') = ''
union all
select
    'narratives' as relation,
    concat_ws(' ', source_file, source_row) as row_key,
    'ev_id is missing' as detail
from narratives
where coalesce(btrim(ev_id), '') = ''
union all
select
    'findings' as relation,
    concat_ws(' ', source_file, source_row) as row_key,
    'ev_id is missing' as detail
from findings
where coalesce(btrim(ev_id), '') = ''
union all
select
    'events_sequence' as relation,
    concat_ws(' ', source_file, source_row) as row_key,
    'ev_id is missing' as detail
from events_sequence
where coalesce(btrim(ev_id), '') = ''
