-- needs: findings, events_sequence, occurrences, seq_of_events
-- checks: no two rows about causes and sequence of an event have the same key
-- severity: stop
-- allow: 0, a key names one row
-- family: duplicates
-- Where a constraint forbids it, nothing is read.
with repeated as (
    select
        'findings' as relation,
        concat_ws(' ', ev_id, aircraft_key, finding_no) as row_key,
        count(*) as copies
    from findings
    where not audit.is_unique('findings', 'ev_id, aircraft_key, finding_no')
    group by ev_id, aircraft_key, finding_no
    having count(*) > 1
    union all
    select
        'events_sequence' as relation,
        concat_ws(' ', ev_id, aircraft_key, occurrence_no) as row_key,
        count(*) as copies
    from events_sequence
    where not audit.is_unique('events_sequence', 'ev_id, aircraft_key, occurrence_no')
    group by ev_id, aircraft_key, occurrence_no
    having count(*) > 1
    union all
    select
        'occurrences' as relation,
        concat_ws(' ', ev_id, aircraft_key, occurrence_no) as row_key,
        count(*) as copies
    from occurrences
    where not audit.is_unique('occurrences', 'ev_id, aircraft_key, occurrence_no')
    group by ev_id, aircraft_key, occurrence_no
    having count(*) > 1
    union all
    select
        'seq_of_events' as relation,
        concat_ws(' ', ev_id, aircraft_key, occurrence_no, seq_event_no, group_code) as row_key,
        count(*) as copies
    from seq_of_events
    where not audit.is_unique('seq_of_events', 'ev_id, aircraft_key, occurrence_no, seq_event_no, group_code')
    group by ev_id, aircraft_key, occurrence_no, seq_event_no, group_code
    having count(*) > 1
)

select relation, row_key, format('%s rows with this key', copies) as detail
from repeated
