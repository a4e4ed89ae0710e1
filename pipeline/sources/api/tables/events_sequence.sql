-- needs: api_aircraft
-- grain: one row per event in the sequence of an aircraft; the API's list has no order
select
    a.case_row,
    row_number() over (order by a.case_row, a.position, listed.position) as source_row,
    a.ev_id,
    a."aircraftNumber" as aircraft_key,
    listed.item ->> 'eventNumber' as occurrence_no,
    listed.item ->> 'eventCode' as occurrence_code,
    nullif(btrim(concat_ws(' ', listed.item ->> 'eventTier1Name', listed.item ->> 'eventTier2Name')), '')
        as occurrence_description,
    coalesce(listed.item ->> 'tier1Number', left(listed.item ->> 'eventCode', 3)) as phase_no,
    coalesce(listed.item ->> 'tier2Number', substr(listed.item ->> 'eventCode', 4)) as eventsoe_no,
    listed.item ->> 'isDefiningEvent' as defining_ev,
    a.lchg_date
from api_aircraft as a
cross join lateral jsonb_array_elements(convert.api_objects(a.events)) with ordinality as listed (item, position)
