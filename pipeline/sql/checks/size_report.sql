-- needs: events, ntsb_admin, dt_events, aircraft, narratives, findings, events_sequence, occurrences, seq_of_events, engines, injury, dt_aircraft, flight_crew, flight_time, dt_flight_crew, country, states, ct_seqevt, ct_iaids, eadmspub_datadictionary
-- checks: how many rows and bytes each published table has
-- severity: report
-- allow: 0, a report accuses nobody
-- family: size
with counted as (
    select 'events' as relation, count(*) as rows, sum(pg_column_size(t.*)) as bytes from events as t
    union all
    select 'ntsb_admin' as relation, count(*) as rows, sum(pg_column_size(t.*)) as bytes from ntsb_admin as t
    union all
    select 'dt_events' as relation, count(*) as rows, sum(pg_column_size(t.*)) as bytes from dt_events as t
    union all
    select 'aircraft' as relation, count(*) as rows, sum(pg_column_size(t.*)) as bytes from aircraft as t
    union all
    select 'narratives' as relation, count(*) as rows, sum(pg_column_size(t.*)) as bytes from narratives as t
    union all
    select 'findings' as relation, count(*) as rows, sum(pg_column_size(t.*)) as bytes from findings as t
    union all
    select 'events_sequence' as relation, count(*) as rows, sum(pg_column_size(t.*)) as bytes from events_sequence as t
    union all
    select 'occurrences' as relation, count(*) as rows, sum(pg_column_size(t.*)) as bytes from occurrences as t
    union all
    select 'seq_of_events' as relation, count(*) as rows, sum(pg_column_size(t.*)) as bytes from seq_of_events as t
    union all
    select 'engines' as relation, count(*) as rows, sum(pg_column_size(t.*)) as bytes from engines as t
    union all
    select 'injury' as relation, count(*) as rows, sum(pg_column_size(t.*)) as bytes from injury as t
    union all
    select 'dt_aircraft' as relation, count(*) as rows, sum(pg_column_size(t.*)) as bytes from dt_aircraft as t
    union all
    select 'flight_crew' as relation, count(*) as rows, sum(pg_column_size(t.*)) as bytes from flight_crew as t
    union all
    select 'flight_time' as relation, count(*) as rows, sum(pg_column_size(t.*)) as bytes from flight_time as t
    union all
    select 'dt_flight_crew' as relation, count(*) as rows, sum(pg_column_size(t.*)) as bytes from dt_flight_crew as t
    union all
    select 'country' as relation, count(*) as rows, sum(pg_column_size(t.*)) as bytes from country as t
    union all
    select 'states' as relation, count(*) as rows, sum(pg_column_size(t.*)) as bytes from states as t
    union all
    select 'ct_seqevt' as relation, count(*) as rows, sum(pg_column_size(t.*)) as bytes from ct_seqevt as t
    union all
    select 'ct_iaids' as relation, count(*) as rows, sum(pg_column_size(t.*)) as bytes from ct_iaids as t
    union all
    select 'eadmspub_datadictionary' as relation, count(*) as rows, sum(pg_column_size(t.*)) as bytes
    from eadmspub_datadictionary as t
)

select
    relation,
    'all' as row_key,
    -- Bytes of the rows themselves: what lies on disk differs from build to build.
    format('%s rows, %s bytes', rows, coalesce(bytes, 0)) as detail
from counted
