-- needs: pre1982_occurrences, pre1982_seq_of_events, pre1982_causes
-- checks: no two rows about occurrences and causes of 1962-1981 have the same key
-- severity: stop
-- allow: 0, a key names one row
-- family: duplicates
-- Where a constraint forbids it, nothing is read.
with repeated as (
    select
        'pre1982_occurrences' as relation,
        concat_ws(' ', ev_id, aircraft_key, record_id) as row_key,
        count(*) as copies
    from pre1982_occurrences
    where not audit.is_unique('pre1982_occurrences', 'ev_id, aircraft_key, record_id')
    group by ev_id, aircraft_key, record_id
    having count(*) > 1
    union all
    select
        'pre1982_seq_of_events' as relation,
        concat_ws(' ', ev_id, aircraft_key, record_id) as row_key,
        count(*) as copies
    from pre1982_seq_of_events
    where not audit.is_unique('pre1982_seq_of_events', 'ev_id, aircraft_key, record_id')
    group by ev_id, aircraft_key, record_id
    having count(*) > 1
    union all
    select
        'pre1982_causes' as relation,
        concat_ws(' ', ev_id, aircraft_key, cause_no) as row_key,
        count(*) as copies
    from pre1982_causes
    where not audit.is_unique('pre1982_causes', 'ev_id, aircraft_key, cause_no')
    group by ev_id, aircraft_key, cause_no
    having count(*) > 1
)

select relation, row_key, format('%s rows with this key', copies) as detail
from repeated
