-- needs: pre1982_occurrences, pre1982_seq_of_events, pre1982_causes, aircraft
-- checks: every row about occurrences and causes of 1962-1981 belongs to an aircraft
-- severity: stop
-- allow: 0, nothing can be joined without it
-- family: foreign keys
select
    'pre1982_occurrences' as relation,
    concat_ws(' ', pre1982_occurrences.ev_id, pre1982_occurrences.aircraft_key) as row_key,
    'no row in aircraft' as detail
from pre1982_occurrences
left join aircraft using (ev_id, aircraft_key)
where aircraft.source_row is null
union all
select
    'pre1982_seq_of_events' as relation,
    concat_ws(' ', pre1982_seq_of_events.ev_id, pre1982_seq_of_events.aircraft_key) as row_key,
    'no row in aircraft' as detail
from pre1982_seq_of_events
left join aircraft using (ev_id, aircraft_key)
where aircraft.source_row is null
union all
select
    'pre1982_causes' as relation,
    concat_ws(' ', pre1982_causes.ev_id, pre1982_causes.aircraft_key) as row_key,
    'no row in aircraft' as detail
from pre1982_causes
left join aircraft using (ev_id, aircraft_key)
where aircraft.source_row is null
