-- needs: api_crew
-- grain: one row per crew member, type of flight time and type of aircraft
select
    c.case_row,
    row_number() over (order by c.case_row, c.position, c.crew_position, listed.position) as source_row,
    c.ev_id,
    c."aircraftNumber" as aircraft_key,
    c."crewOccupantNumber" as crew_no,
    listed.item ->> 'flightTimeType' as flight_type,
    listed.item ->> 'flightTimeCraft' as flight_craft,
    listed.item ->> 'flightHours' as flight_hours,
    c.lchg_date
from api_crew as c
cross join lateral jsonb_array_elements(convert.api_objects(c."pilotsFlightTimeMatrix"))
    with ordinality as listed (item, position)
