-- needs: seq_of_events, occurrences
-- checks: every cause or factor on an occurrence has its occurrence
-- severity: stop
-- allow: 0, orphans belong in quarantine
-- family: foreign keys
-- Where a constraint sees to it, nothing is read.
select
    'seq_of_events' as relation,
    concat_ws(' ', ev_id, aircraft_key, occurrence_no) as row_key,
    'no row in occurrences' as detail
from seq_of_events
left join occurrences using (ev_id, aircraft_key, occurrence_no)
where occurrences.source_row is null
    and not audit.has_parent('seq_of_events', 'occurrences', 'ev_id, aircraft_key, occurrence_no')
