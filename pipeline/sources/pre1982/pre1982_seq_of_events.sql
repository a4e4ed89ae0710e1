-- needs: tblseqofevents, accident, meaning
-- grain: one row per cause or factor of an occurrence in an event of 1962-1981 that has a date; two where it bears on both
select
    accident.ev_id,
    accident.aircraft_key,
    stated.id as record_id,
    stated.occurrencenum as occurrence_no,
    stated.cfnum as cause_no,
    stated.cfcode as cause_code,
    what.meaning as cause_meaning,
    stated.corf as cause_factor,
    stated.source_row
from accident
inner join tblseqofevents as stated on accident.recnum = stated.recnum
left join meaning as what on what.field = 'CAUSE_FACTOR' and stated.cfcode = what.code
