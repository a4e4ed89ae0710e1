-- needs: findings, event_summary
-- grain: one row per finding code; UNKNOWN where none is stated
-- kind: materialized, key: finding_code
-- The description of a code is worded in several ways over the years: the most frequent wording stands, of equals the first in C order.
with cleaned as (
    select
        coalesce(nullif(btrim(findings.finding_code), ''), 'UNKNOWN') as finding_code,
        -- Older rows end in ' - C' or ' - F', which repeats the column cause_factor.
        nullif(btrim(regexp_replace(findings.finding_description, '\s-\s[CF]\s*$', '')), '') as finding_description,
        findings.ev_id,
        findings.aircraft_key,
        upper(btrim(findings.cause_factor)) as cause_factor,
        upper(btrim(findings.cm_inpc)) in ('T', 'TRUE', '1', '-1', 'Y') as in_probable_cause,
        event_summary.severity
    from findings
    left join event_summary on findings.ev_id = event_summary.ev_id
),

worded as (
    select distinct on (finding_code)
        finding_code,
        finding_description
    from cleaned
    where finding_description is not null
    group by finding_code, finding_description
    order by finding_code, count(*) desc, finding_description collate "C"
),

counted as (
    select
        finding_code,
        count(*) as findings,
        count(distinct (ev_id, aircraft_key)) as aircraft,
        count(distinct ev_id) as events,
        count(distinct ev_id) filter (where severity = 'FATL') as fatal_events,
        count(*) filter (where cause_factor = 'C') as stated_as_cause,
        count(*) filter (where cause_factor = 'F') as stated_as_factor,
        count(*) filter (where in_probable_cause) as in_probable_cause,
        count(distinct finding_description) as wordings
    from cleaned
    group by finding_code
)

select
    counted.finding_code,
    -- No code, no single meaning: rows without one have little in common.
    case when counted.finding_code <> 'UNKNOWN' then worded.finding_description end as finding_description,
    counted.wordings,
    counted.findings,
    counted.aircraft,
    counted.events,
    counted.fatal_events,
    counted.stated_as_cause,
    counted.stated_as_factor,
    counted.in_probable_cause
from counted
left join worded on counted.finding_code = worded.finding_code
