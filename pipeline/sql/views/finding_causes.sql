-- needs: findings
-- grain: one row per finding since 2008, with what it was to the event: CAUSE, FACTOR, CAUSE OR FACTOR, NEITHER, or null where unknown
-- kind: view
-- NTSB said C or F in cause_factor until 2020, and has said in cm_inpc since that the finding is in the probable cause: then which of
-- the two it was is not known. A cm_inpc that was filled in afterwards says nothing new where cause_factor speaks.
with cleaned as (
    select
        ev_id, aircraft_key, finding_no, btrim(finding_code) as finding_code,
        nullif(coalesce(nullif(btrim(category_no), ''), left(btrim(finding_code), 2)), '') as category_no,
        nullif(upper(btrim(cause_factor)), '') as cause_factor,
        case
            when upper(btrim(cm_inpc)) in ('T', 'TRUE', '1', '-1', 'Y', 'YES') then true
            when upper(btrim(cm_inpc)) in ('F', 'FALSE', '0', 'N', 'NO') then false
        end as in_probable_cause,
        era, source_file, source_row
    from findings
    where era <> 'pre1982'
)

select
    ev_id,
    aircraft_key,
    finding_no,
    finding_code,
    category_no,
    case
        when cause_factor = 'C' then 'CAUSE'
        when cause_factor = 'F' then 'FACTOR'
        when in_probable_cause then 'CAUSE OR FACTOR'
        when not in_probable_cause then 'NEITHER'
    end as role,
    case
        when cause_factor in ('C', 'F') then 'cause_factor'
        when in_probable_cause is not null then 'cm_inpc'
    end as role_source,
    cause_factor is not null and cause_factor in ('C', 'F') and not in_probable_cause as is_contradicted,
    era,
    source_file,
    source_row
from cleaned
