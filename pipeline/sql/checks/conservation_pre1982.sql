-- needs: tblfirsthalf, tbloccurrences, tblseqofevents, aircraft, pre1982_occurrences, pre1982_seq_of_events
-- checks: every record of 1962-1981 has a row in aircraft, and each of its occurrences and causes has a derived row
-- severity: stop
-- allow: 0, no record of NTSB's tables is missing from the harmonized ones
-- family: conservation
with missing as (
    select 'aircraft' as relation, record.source_row
    from tblfirsthalf as record
    left join aircraft on record.source_file = aircraft.source_file and record.source_row = aircraft.source_row
    where aircraft.ev_id is null
    union all
    select 'pre1982_occurrences' as relation, source.source_row
    from tbloccurrences as source
    inner join tblfirsthalf as record on source.recnum = record.recnum
    left join pre1982_occurrences as derived on source.source_row = derived.source_row
    where derived.ev_id is null
    union all
    select 'pre1982_seq_of_events' as relation, source.source_row
    from tblseqofevents as source
    inner join tblfirsthalf as record on source.recnum = record.recnum
    left join pre1982_seq_of_events as derived on source.source_row = derived.source_row
    where derived.ev_id is null
)

select relation, source_row::text as row_key, 'the source row has no row here' as detail
from missing
