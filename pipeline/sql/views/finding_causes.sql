-- needs: clean_findings
-- grain: one row per finding since 2008 with its role in the event: CAUSE, FACTOR, CAUSE OR FACTOR, NEITHER, or null if unknown
-- kind: view
-- Until 2020, NTSB marked findings as C or F, in cause_factor, at the end of the description, or in both. Since then cm_inpc states only
-- that a finding is part of the probable cause, as a cause or a factor. cause_factor takes precedence, then the description.
-- column: category_no Category of the finding, two digits: category_no, or the start of finding_code where it is empty; null without both.
-- column: role Role of the finding: CAUSE, FACTOR, CAUSE OR FACTOR, NEITHER; null where it is unknown.
-- column: role_source Column that states the role: cause_factor, finding_description or cm_inpc; null where none does.
-- column: is_contradicted True where another of these columns states something else; null where cm_inpc is needed to tell and is empty.
select
    ev_id,
    aircraft_key,
    finding_no,
    finding_code,
    category_code as category_no,
    case
        when stated_role_code = 'C' then 'CAUSE'
        when stated_role_code = 'F' then 'FACTOR'
        when in_probable_cause then 'CAUSE OR FACTOR'
        when not in_probable_cause then 'NEITHER'
    end as role,
    case
        when cause_factor_code in ('C', 'F') then 'cause_factor'
        when description_role_code is not null then 'finding_description'
        when in_probable_cause is not null then 'cm_inpc'
    end as role_source,
    coalesce(stated_role_code <> description_role_code, false) or (stated_role_code is not null and not in_probable_cause)
        as is_contradicted,
    era,
    source_file,
    source_row
from clean_findings
where not mart.is_record_era(era)
