-- needs: row_conservation, events, ntsb_admin, dt_events, aircraft, narratives, findings, events_sequence, occurrences, seq_of_events, engines, injury, dt_aircraft, flight_crew, flight_time, dt_flight_crew, country, states, ct_seqevt, ct_iaids, eadmspub_datadictionary
-- checks: the rows that row_conservation says are published are the rows that lie in the table, per source file
-- severity: stop
-- allow: 0, a row is there or it is not
-- family: conservation
with counted as (
    select 'events' as relation, source_file, count(*) as there from events group by source_file
    union all
    select 'ntsb_admin' as relation, source_file, count(*) as there from ntsb_admin group by source_file
    union all
    select 'dt_events' as relation, source_file, count(*) as there from dt_events group by source_file
    union all
    select 'aircraft' as relation, source_file, count(*) as there from aircraft group by source_file
    union all
    select 'narratives' as relation, source_file, count(*) as there from narratives group by source_file
    union all
    select 'findings' as relation, source_file, count(*) as there from findings group by source_file
    union all
    select 'events_sequence' as relation, source_file, count(*) as there from events_sequence group by source_file
    union all
    select 'occurrences' as relation, source_file, count(*) as there from occurrences group by source_file
    union all
    select 'seq_of_events' as relation, source_file, count(*) as there from seq_of_events group by source_file
    union all
    select 'engines' as relation, source_file, count(*) as there from engines group by source_file
    union all
    select 'injury' as relation, source_file, count(*) as there from injury group by source_file
    union all
    select 'dt_aircraft' as relation, source_file, count(*) as there from dt_aircraft group by source_file
    union all
    select 'flight_crew' as relation, source_file, count(*) as there from flight_crew group by source_file
    union all
    select 'flight_time' as relation, source_file, count(*) as there from flight_time group by source_file
    union all
    select 'dt_flight_crew' as relation, source_file, count(*) as there from dt_flight_crew group by source_file
    union all
    select 'country' as relation, source_file, count(*) as there from country group by source_file
    union all
    select 'states' as relation, source_file, count(*) as there from states group by source_file
    union all
    select 'ct_seqevt' as relation, source_file, count(*) as there from ct_seqevt group by source_file
    union all
    select 'ct_iaids' as relation, source_file, count(*) as there from ct_iaids group by source_file
    union all
    select 'eadmspub_datadictionary' as relation, source_file, count(*) as there
    from eadmspub_datadictionary
    group by source_file
),

stated as (
    select source_file, lower(source_table) as relation, sum(rows_published) as there
    from row_conservation
    group by source_file, lower(source_table)
),

modern_files as (
    -- Rows that were derived from a table of other form have no line of their own: the 1962-1981 records.
    select distinct source_file
    from row_conservation
    where lower(source_table) = 'events'
)

select
    coalesce(counted.relation, stated.relation) as relation,
    coalesce(counted.source_file, stated.source_file) as row_key,
    format('%s rows lie in the table, %s are stated', coalesce(counted.there, 0), coalesce(stated.there, 0)) as detail
from counted
full join stated on counted.relation = stated.relation and counted.source_file = stated.source_file
inner join modern_files on coalesce(counted.source_file, stated.source_file) = modern_files.source_file
where coalesce(counted.there, 0) <> coalesce(stated.there, 0)
