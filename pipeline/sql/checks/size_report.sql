-- needs: events, ntsb_admin, dt_events, aircraft, narratives, findings, events_sequence, occurrences, seq_of_events, engines, injury, dt_aircraft, flight_crew, flight_time, dt_flight_crew, country, states, ct_seqevt, ct_iaids, eadmspub_datadictionary
-- checks: how many rows each published table has
-- severity: report
-- allow: 0, a report accuses nobody
-- family: size
with counted as (
    select 'events' as relation, count(*) as rows from events
    union all
    select 'ntsb_admin' as relation, count(*) as rows from ntsb_admin
    union all
    select 'dt_events' as relation, count(*) as rows from dt_events
    union all
    select 'aircraft' as relation, count(*) as rows from aircraft
    union all
    select 'narratives' as relation, count(*) as rows from narratives
    union all
    select 'findings' as relation, count(*) as rows from findings
    union all
    select 'events_sequence' as relation, count(*) as rows from events_sequence
    union all
    select 'occurrences' as relation, count(*) as rows from occurrences
    union all
    select 'seq_of_events' as relation, count(*) as rows from seq_of_events
    union all
    select 'engines' as relation, count(*) as rows from engines
    union all
    select 'injury' as relation, count(*) as rows from injury
    union all
    select 'dt_aircraft' as relation, count(*) as rows from dt_aircraft
    union all
    select 'flight_crew' as relation, count(*) as rows from flight_crew
    union all
    select 'flight_time' as relation, count(*) as rows from flight_time
    union all
    select 'dt_flight_crew' as relation, count(*) as rows from dt_flight_crew
    union all
    select 'country' as relation, count(*) as rows from country
    union all
    select 'states' as relation, count(*) as rows from states
    union all
    select 'ct_seqevt' as relation, count(*) as rows from ct_seqevt
    union all
    select 'ct_iaids' as relation, count(*) as rows from ct_iaids
    union all
    select 'eadmspub_datadictionary' as relation, count(*) as rows from eadmspub_datadictionary
)

select
    relation,
    'all' as row_key,
    -- No bytes: they differ from server to server and from build to build (python -m pipeline status has them).
    format('%s rows', rows) as detail
from counted
