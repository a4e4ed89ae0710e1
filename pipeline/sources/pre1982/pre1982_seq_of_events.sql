-- needs: tblseqofevents, accident, meaning
-- grain: one row per cause or factor of an occurrence in an event of 1962-1981; two if it applies to both occurrences
select
    accident.ev_id,
    accident.aircraft_key,
    record.id as record_id,
    record.occurrencenum as occurrence_no,
    record.cfnum as cause_no,
    record.cfcode as cause_code,
    cause.meaning as cause_meaning,
    record.corf as cause_factor,
    record.source_row
from accident
inner join tblseqofevents as record on accident.recnum = record.recnum
left join meaning as cause on cause.field = 'CAUSE_FACTOR' and record.cfcode = cause.code
