-- needs: events, aircraft, narratives, findings, events_sequence, occurrences, seq_of_events, engines, injury, flight_crew, flight_time, ntsb_admin, dt_events, dt_aircraft, dt_flight_crew
-- checks: an event and all its child rows come from one source file, because a newer file replaces the whole event
-- severity: stop
-- allow: 0, a mixture of two files never was a state of NTSB's data
-- family: conservation
with children as (
    select 'aircraft' as relation, ev_id, era, source_file, source_row from aircraft
    union all
    select 'narratives' as relation, ev_id, era, source_file, source_row from narratives
    union all
    select 'findings' as relation, ev_id, era, source_file, source_row from findings
    union all
    select 'events_sequence' as relation, ev_id, era, source_file, source_row from events_sequence
    union all
    select 'occurrences' as relation, ev_id, era, source_file, source_row from occurrences
    union all
    select 'seq_of_events' as relation, ev_id, era, source_file, source_row from seq_of_events
    union all
    select 'engines' as relation, ev_id, era, source_file, source_row from engines
    union all
    select 'injury' as relation, ev_id, era, source_file, source_row from injury
    union all
    select 'flight_crew' as relation, ev_id, era, source_file, source_row from flight_crew
    union all
    select 'flight_time' as relation, ev_id, era, source_file, source_row from flight_time
    union all
    select 'ntsb_admin' as relation, ev_id, era, source_file, source_row from ntsb_admin
    union all
    select 'dt_events' as relation, ev_id, era, source_file, source_row from dt_events
    union all
    select 'dt_aircraft' as relation, ev_id, era, source_file, source_row from dt_aircraft
    union all
    select 'dt_flight_crew' as relation, ev_id, era, source_file, source_row from dt_flight_crew
)

select
    children.relation,
    concat_ws(' ', children.source_file, children.source_row) as row_key,
    format(
        '%s is from %s, its event %s from %s',
        children.relation, children.source_file, events.ev_id, events.source_file
    ) as detail
from children
inner join events on children.ev_id = events.ev_id
where (children.source_file, children.era) is distinct from (events.source_file, events.era)
