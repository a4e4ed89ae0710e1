-- needs: tblsecondhalf, accident
-- grain: one row per aircraft in an event of 1962-1981 that has a date and remarks or a cause in words
select
    accident.ev_id,
    accident.aircraft_key,
    stated.remarks as narr_accf,
    stated.cause as narr_cause,
    stated.source_row
from accident
inner join tblsecondhalf as stated on accident.recnum = stated.recnum
where btrim(stated.remarks) <> '' or btrim(stated.cause) <> ''
