-- needs: findings, events_sequence, occurrences, seq_of_events
-- checks: no two rows about causes and sequence of an event have the same key
-- severity: stop
-- allow: 0, a key names one row
-- family: duplicates
-- Rows are read in order of the key, as its index has them: two alike are neighbours, and no table of all keys is needed.
with repeated as (
    select
        'findings' as relation,
        concat_ws(' ', ev_id, aircraft_key, finding_no) as row_key,
        count(*) as copies
    from (
        select ev_id, aircraft_key, finding_no from findings
        order by ev_id, aircraft_key, finding_no
    ) as ordered
    group by ev_id, aircraft_key, finding_no
    having count(*) > 1
    union all
    select
        'events_sequence' as relation,
        concat_ws(' ', ev_id, aircraft_key, occurrence_no) as row_key,
        count(*) as copies
    from (
        select ev_id, aircraft_key, occurrence_no from events_sequence
        order by ev_id, aircraft_key, occurrence_no
    ) as ordered
    group by ev_id, aircraft_key, occurrence_no
    having count(*) > 1
    union all
    select
        'occurrences' as relation,
        concat_ws(' ', ev_id, aircraft_key, occurrence_no) as row_key,
        count(*) as copies
    from (
        select ev_id, aircraft_key, occurrence_no from occurrences
        order by ev_id, aircraft_key, occurrence_no
    ) as ordered
    group by ev_id, aircraft_key, occurrence_no
    having count(*) > 1
    union all
    select
        'seq_of_events' as relation,
        concat_ws(' ', ev_id, aircraft_key, occurrence_no, seq_event_no, group_code) as row_key,
        count(*) as copies
    from (
        select ev_id, aircraft_key, occurrence_no, seq_event_no, group_code from seq_of_events
        order by ev_id, aircraft_key, occurrence_no, seq_event_no, group_code
    ) as ordered
    group by ev_id, aircraft_key, occurrence_no, seq_event_no, group_code
    having count(*) > 1
)

select relation, row_key, format('%s rows with this key', copies) as detail
from repeated
