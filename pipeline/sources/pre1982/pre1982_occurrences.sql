-- needs: tbloccurrences, accident, meaning
-- grain: one row per occurrence of an aircraft in an event of 1962-1981 that has a date
select
    accident.ev_id,
    accident.aircraft_key,
    stated.id as record_id,
    stated.occurrencenum as occurrence_no,
    stated.occurrencecode as occurrence_code,
    what.meaning as occurrence_meaning,
    stated.phaseofflight as phase_code,
    phase.meaning as phase_meaning,
    stated.altitude as altitude_code,
    case when stated.altitude ~ '^[0-9]{5}$' then stated.altitude::integer end as altitude_ft,
    stated.source_row
from accident
inner join tbloccurrences as stated on accident.recnum = stated.recnum
left join meaning as what on what.field = 'ACCIDENT_TYPE' and stated.occurrencecode = what.code
left join meaning as phase on phase.field = 'OPERATION_PHASE' and stated.phaseofflight = phase.code
