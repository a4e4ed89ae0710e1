-- needs: findings
-- grain: one row per finding about an aircraft, with its codes trimmed and its place in the probable cause as a boolean
-- kind: view
-- schema: staging
-- category_code is category_no, or the first two digits of the finding code where category_no is empty. Files write cm_inpc in
-- several ways; in_probable_cause is null where it is empty or none of them. description_role_code is the C or F at the end of a description
-- until 2020, where cause_factor is often empty.
select
    ev_id,
    aircraft_key,
    finding_no,
    btrim(finding_code) as finding_code,
    finding_description,
    nullif(coalesce(nullif(btrim(category_no), ''), left(btrim(finding_code), 2)), '') as category_code,
    upper(btrim(cause_factor)) as cause_factor_code,
    case when right(rtrim(finding_description), 4) in (' - C', ' - F') then right(rtrim(finding_description), 1) end
        as description_role_code,
    case
        when upper(btrim(cm_inpc)) in ('T', 'TRUE', '1', '-1', 'Y', 'YES') then true
        when upper(btrim(cm_inpc)) in ('F', 'FALSE', '0', 'N', 'NO') then false
    end as in_probable_cause,
    era,
    source_file,
    source_row
from findings
