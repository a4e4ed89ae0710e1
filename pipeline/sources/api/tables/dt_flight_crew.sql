-- needs: api_crew
-- grain: one row per code of a multi-valued column of flight_crew
-- No instrument rating has a column of its own in the Access files.
with listed as (
    select distinct c.case_row, c.position, c.crew_position, c.ev_id, c."aircraftNumber", c."crewOccupantNumber",
        c.lchg_date, list.col_name || case when list.col_name = 'crew_rat_instrum' and lower(item.code) = 'none' then '0' else '' end
            as col_name,
        item.code
    from api_crew as c
    cross join lateral (
        values
        ('crew_cert_code', c."pilotCertificates"), ('crew_rat_airpln', c."pilotRatingForAirplanes"),
        ('crew_rat_instrum', c."pilotRatingsForInstruments")
    ) as list (col_name, items)
    cross join lateral unnest(convert.api_texts(list.items)) as item (code)
)

select
    case_row,
    row_number() over (order by case_row, position, crew_position, col_name, code collate "C") as source_row,
    ev_id,
    "aircraftNumber" as aircraft_key,
    "crewOccupantNumber" as crew_no,
    col_name,
    code,
    lchg_date
from listed
where code <> ''
