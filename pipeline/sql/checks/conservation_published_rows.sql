-- needs: row_conservation, events, ntsb_admin, dt_events, aircraft, narratives, findings, events_sequence, occurrences, seq_of_events, engines, injury, dt_aircraft, flight_crew, flight_time, dt_flight_crew, country, states, ct_seqevt, ct_iaids, eadmspub_datadictionary
-- checks: rows_published in row_conservation equals the number of rows in the table, per source file
-- severity: stop
-- allow: 0, both counts describe the same rows
-- family: conservation
with counted as (
    select 'events' as relation, source_file, count(*) as rows from events group by source_file
    union all
    select 'ntsb_admin' as relation, source_file, count(*) as rows from ntsb_admin group by source_file
    union all
    select 'dt_events' as relation, source_file, count(*) as rows from dt_events group by source_file
    union all
    select 'aircraft' as relation, source_file, count(*) as rows from aircraft group by source_file
    union all
    select 'narratives' as relation, source_file, count(*) as rows from narratives group by source_file
    union all
    select 'findings' as relation, source_file, count(*) as rows from findings group by source_file
    union all
    select 'events_sequence' as relation, source_file, count(*) as rows from events_sequence group by source_file
    union all
    select 'occurrences' as relation, source_file, count(*) as rows from occurrences group by source_file
    union all
    select 'seq_of_events' as relation, source_file, count(*) as rows from seq_of_events group by source_file
    union all
    select 'engines' as relation, source_file, count(*) as rows from engines group by source_file
    union all
    select 'injury' as relation, source_file, count(*) as rows from injury group by source_file
    union all
    select 'dt_aircraft' as relation, source_file, count(*) as rows from dt_aircraft group by source_file
    union all
    select 'flight_crew' as relation, source_file, count(*) as rows from flight_crew group by source_file
    union all
    select 'flight_time' as relation, source_file, count(*) as rows from flight_time group by source_file
    union all
    select 'dt_flight_crew' as relation, source_file, count(*) as rows from dt_flight_crew group by source_file
    union all
    select 'country' as relation, source_file, count(*) as rows from country group by source_file
    union all
    select 'states' as relation, source_file, count(*) as rows from states group by source_file
    union all
    select 'ct_seqevt' as relation, source_file, count(*) as rows from ct_seqevt group by source_file
    union all
    select 'ct_iaids' as relation, source_file, count(*) as rows from ct_iaids group by source_file
    union all
    select 'eadmspub_datadictionary' as relation, source_file, count(*) as rows
    from eadmspub_datadictionary
    group by source_file
),

recorded as (
    select source_file, lower(source_table) as relation, sum(rows_published) as rows
    from row_conservation
    group by source_file, lower(source_table)
),

modern_files as (
    -- Excludes 1962-1981: rows derived from other tables are not counted in row_conservation.
    select distinct source_file
    from row_conservation
    where lower(source_table) = 'events'
)

select
    coalesce(counted.relation, recorded.relation) as relation,
    coalesce(counted.source_file, recorded.source_file) as row_key,
    format('%s rows lie in the table, %s are stated', coalesce(counted.rows, 0), coalesce(recorded.rows, 0)) as detail
from counted
full join recorded on counted.relation = recorded.relation and counted.source_file = recorded.source_file
inner join modern_files on coalesce(counted.source_file, recorded.source_file) = modern_files.source_file
where coalesce(counted.rows, 0) <> coalesce(recorded.rows, 0)
