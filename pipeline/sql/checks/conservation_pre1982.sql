-- needs: tblfirsthalf, tbloccurrences, tblseqofevents, aircraft, pre1982_occurrences, pre1982_seq_of_events
-- checks: every record of 1962-1981 that has a date is an aircraft, and its occurrences and causes are that aircraft's
-- severity: stop
-- allow: 0, what lies in NTSB's tables is in the modern ones too
-- family: conservation
with dated as (
    select recnum, source_file, source_row from tblfirsthalf where date_occurrence is not null
),

lost as (
    select 'aircraft' as relation, dated.source_row
    from dated
    left join aircraft on dated.source_file = aircraft.source_file and dated.source_row = aircraft.source_row
    where aircraft.ev_id is null
    union all
    select 'pre1982_occurrences' as relation, stated.source_row
    from tbloccurrences as stated
    inner join dated on stated.recnum = dated.recnum
    left join pre1982_occurrences as derived on stated.source_row = derived.source_row
    where derived.ev_id is null
    union all
    select 'pre1982_seq_of_events' as relation, stated.source_row
    from tblseqofevents as stated
    inner join dated on stated.recnum = dated.recnum
    left join pre1982_seq_of_events as derived on stated.source_row = derived.source_row
    where derived.ev_id is null
)

select relation, source_row::text as row_key, 'the source row has no row here' as detail
from lost
