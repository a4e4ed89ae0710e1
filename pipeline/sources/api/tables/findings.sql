-- needs: api_aircraft
-- grain: one row per finding about an aircraft; the API's list has no order
-- inProbableCause is true for factors too: the role is the end of the description.
select
    a.case_row,
    row_number() over (order by a.case_row, a.position, listed.position) as source_row,
    a.ev_id,
    a."aircraftNumber" as aircraft_key,
    listed.item ->> 'findingNumber' as finding_no,
    listed.item ->> 'findingCode' as finding_code,
    listed.item ->> 'findingDescription' as finding_description,
    listed.item ->> 'tier1Number' as category_no,
    listed.item ->> 'tier2Number' as subcategory_no,
    listed.item ->> 'tier3Number' as section_no,
    listed.item ->> 'tier4Number' as subsection_no,
    listed.item ->> 'modifierNumber' as modifier_no,
    convert.finding_role(listed.item ->> 'findingDescription') as cause_factor,
    a.lchg_date,
    case listed.item ->> 'inProbableCause' when 'true' then 'T' when 'false' then 'F' end as cm_inpc
from api_aircraft as a
cross join lateral jsonb_array_elements(convert.api_objects(a.findings)) with ordinality as listed (item, position)
