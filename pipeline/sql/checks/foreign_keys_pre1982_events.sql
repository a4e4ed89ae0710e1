-- needs: pre1982_occurrences, pre1982_seq_of_events, pre1982_causes, aircraft
-- checks: every row about occurrences and causes of 1962-1981 belongs to an aircraft
-- severity: stop
-- allow: 0, nothing can be joined without it
-- family: foreign keys
-- Where a constraint sees to it, nothing is read.
with children as (
    select 'pre1982_occurrences' as relation, ev_id, aircraft_key from pre1982_occurrences
    where not audit.has_parent('pre1982_occurrences', 'aircraft', 'ev_id, aircraft_key')
    union all
    select 'pre1982_seq_of_events' as relation, ev_id, aircraft_key from pre1982_seq_of_events
    where not audit.has_parent('pre1982_seq_of_events', 'aircraft', 'ev_id, aircraft_key')
    union all
    select 'pre1982_causes' as relation, ev_id, aircraft_key from pre1982_causes
    where not audit.has_parent('pre1982_causes', 'aircraft', 'ev_id, aircraft_key')
)

select
    relation,
    concat_ws(' ', ev_id, aircraft_key) as row_key,
    'no row in aircraft' as detail
from children
where not exists (
    select from aircraft
    where aircraft.ev_id = children.ev_id and aircraft.aircraft_key = children.aircraft_key
)
