-- needs: events, ntsb_admin, dt_events, aircraft, narratives, findings, events_sequence, occurrences, seq_of_events, engines, injury, dt_aircraft, flight_crew, flight_time, dt_flight_crew, country, states, ct_seqevt, ct_iaids, eadmspub_datadictionary
-- checks: number of rows of each published table
-- severity: report
-- allow: 0, a report never fails
-- family: size
-- Signed relations were counted when they were signed.
with counted as (
    select 'events' as relation, coalesce(audit.signed_rows('events'), (select count(*) from events)) as rows
    union all
    select 'ntsb_admin' as relation,
        coalesce(audit.signed_rows('ntsb_admin'), (select count(*) from ntsb_admin)) as rows
    union all
    select 'dt_events' as relation, coalesce(audit.signed_rows('dt_events'), (select count(*) from dt_events)) as rows
    union all
    select 'aircraft' as relation, coalesce(audit.signed_rows('aircraft'), (select count(*) from aircraft)) as rows
    union all
    select 'narratives' as relation,
        coalesce(audit.signed_rows('narratives'), (select count(*) from narratives)) as rows
    union all
    select 'findings' as relation, coalesce(audit.signed_rows('findings'), (select count(*) from findings)) as rows
    union all
    select 'events_sequence' as relation,
        coalesce(audit.signed_rows('events_sequence'), (select count(*) from events_sequence)) as rows
    union all
    select 'occurrences' as relation,
        coalesce(audit.signed_rows('occurrences'), (select count(*) from occurrences)) as rows
    union all
    select 'seq_of_events' as relation,
        coalesce(audit.signed_rows('seq_of_events'), (select count(*) from seq_of_events)) as rows
    union all
    select 'engines' as relation, coalesce(audit.signed_rows('engines'), (select count(*) from engines)) as rows
    union all
    select 'injury' as relation, coalesce(audit.signed_rows('injury'), (select count(*) from injury)) as rows
    union all
    select 'dt_aircraft' as relation,
        coalesce(audit.signed_rows('dt_aircraft'), (select count(*) from dt_aircraft)) as rows
    union all
    select 'flight_crew' as relation,
        coalesce(audit.signed_rows('flight_crew'), (select count(*) from flight_crew)) as rows
    union all
    select 'flight_time' as relation,
        coalesce(audit.signed_rows('flight_time'), (select count(*) from flight_time)) as rows
    union all
    select 'dt_flight_crew' as relation,
        coalesce(audit.signed_rows('dt_flight_crew'), (select count(*) from dt_flight_crew)) as rows
    union all
    select 'country' as relation, coalesce(audit.signed_rows('country'), (select count(*) from country)) as rows
    union all
    select 'states' as relation, coalesce(audit.signed_rows('states'), (select count(*) from states)) as rows
    union all
    select 'ct_seqevt' as relation, coalesce(audit.signed_rows('ct_seqevt'), (select count(*) from ct_seqevt)) as rows
    union all
    select 'ct_iaids' as relation, coalesce(audit.signed_rows('ct_iaids'), (select count(*) from ct_iaids)) as rows
    union all
    select 'eadmspub_datadictionary' as relation,
        coalesce(audit.signed_rows('eadmspub_datadictionary'), (select count(*) from eadmspub_datadictionary)) as rows
)

select
    relation,
    'all' as row_key,
    -- No size in bytes: it depends on the server and the build (shown by `python -m pipeline status`).
    format('%s rows', rows) as detail
from counted
