-- needs: tbloccurrences, accident, meaning
-- grain: one row per occurrence of an aircraft in an event of 1962-1981
select
    accident.ev_id,
    accident.aircraft_key,
    record.id as record_id,
    record.occurrencenum as occurrence_no,
    record.occurrencecode as occurrence_code,
    occurrence.meaning as occurrence_meaning,
    record.phaseofflight as phase_code,
    phase.meaning as phase_meaning,
    record.altitude as altitude_code,
    case when record.altitude ~ '^[0-9]{5}$' then record.altitude::integer end as altitude_ft,
    record.source_row
from accident
inner join tbloccurrences as record on accident.recnum = record.recnum
left join meaning as occurrence on occurrence.field = 'ACCIDENT_TYPE' and record.occurrencecode = occurrence.code
left join meaning as phase on phase.field = 'OPERATION_PHASE' and record.phaseofflight = phase.code
