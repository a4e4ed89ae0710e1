-- needs: tblsecondhalf, accident
-- grain: one row per aircraft in an event of 1962-1981, with remarks or a narrative cause
select
    accident.ev_id,
    accident.aircraft_key,
    second_half.remarks as narr_accf,
    second_half.cause as narr_cause,
    second_half.source_row
from accident
inner join tblsecondhalf as second_half on accident.recnum = second_half.recnum
where btrim(second_half.remarks) <> '' or btrim(second_half.cause) <> ''
