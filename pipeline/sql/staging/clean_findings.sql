-- needs: findings
-- grain: one row per finding about an aircraft, with its codes trimmed and its place in the probable cause as a boolean
-- kind: view
-- schema: staging
-- category_code is category_no, or the first two digits of the finding code where category_no is empty. Files write cm_inpc in
-- several ways; in_probable_cause is null where it is empty or none of them. description_role_code is the C or F at the end of a description
-- until 2020, where cause_factor is often empty.
-- column: finding_code Code of the finding, trimmed: ten digits, two each for category, subcategory, section, subsection and modifier.
-- column: category_code Category of the finding, two digits: category_no, or the start of finding_code where it is empty; null without both.
-- column: cause_factor_code Code cause_factor (C or F), trimmed and in upper case.
-- column: description_role_code Role at the end of finding_description: C for a cause, F for a factor; null where there is none.
-- column: stated_role_code Role of the finding, C or F: cause_factor, otherwise the end of finding_description; null where neither states one.
-- column: in_probable_cause True where the finding is part of the probable cause (cm_inpc); null where cm_inpc is empty or unreadable.
select
    ev_id,
    aircraft_key,
    finding_no,
    convert.to_code(finding_code) as finding_code,
    finding_description,
    nullif(coalesce(nullif(convert.to_code(category_no), ''), left(convert.to_code(finding_code), 2)), '') as category_code,
    convert.to_code(cause_factor) as cause_factor_code,
    convert.finding_role(finding_description) as description_role_code,
    case
        when convert.to_code(cause_factor) in ('C', 'F') then convert.to_code(cause_factor)
        else convert.finding_role(finding_description)
    end as stated_role_code,
    case
        when convert.to_code(cm_inpc) in ('T', 'TRUE', '1', '-1', 'Y', 'YES') then true
        when convert.to_code(cm_inpc) in ('F', 'FALSE', '0', 'N', 'NO') then false
    end as in_probable_cause,
    era,
    source_file,
    source_row
from findings
