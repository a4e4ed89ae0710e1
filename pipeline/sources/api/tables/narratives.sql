-- needs: api_case
-- grain: one row per aircraft with a narrative
-- An open case has a preliminary narrative, which is deleted at its closure. Where a case has no factual narrative, the API
-- may repeat the analysis in its place.
select
    c.case_row,
    row_number() over (order by c.case_row, listed.position) as source_row,
    c.ev_id,
    listed.item ->> 'aircraftNumber' as aircraft_key,
    coalesce(
        nullif(listed.item ->> 'analysisNarrative', ''), listed.item ->> 'prelimNarrative', listed.item ->> 'analysisNarrative'
    ) as narr_accp,
    nullif(listed.item ->> 'concatenatedFactualNarrative', listed.item ->> 'analysisNarrative') as narr_accf,
    listed.item ->> 'probableCause' as narr_cause,
    c.lchg_date
from api_case as c
cross join lateral jsonb_array_elements(convert.api_objects(c."narratives")) with ordinality as listed (item, position)
where c.is_modern
