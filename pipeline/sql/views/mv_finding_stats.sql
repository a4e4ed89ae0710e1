-- needs: findings, event_summary
-- grain: one row per finding code; UNKNOWN where none is stated
-- kind: materialized, key: finding_code
-- The description of a code is worded in several ways over the years: the most frequent wording stands, of equals the first in C order.
with spelled as (
    -- Spellings are few: they are counted first, and then cleaned.
    select finding_code, finding_description, count(*) as times
    from findings
    group by finding_code, finding_description
),

cleaned as (
    select
        coalesce(nullif(btrim(finding_code), ''), 'UNKNOWN') as finding_code,
        -- Older rows end in ' - C' or ' - F', which repeats the column cause_factor.
        nullif(btrim(regexp_replace(finding_description, '\s-\s[CF]\s*$', '')), '') as finding_description,
        times
    from spelled
),

worded as (
    select distinct on (finding_code)
        finding_code,
        finding_description,
        count(*) over (partition by finding_code) as wordings
    from cleaned
    where finding_description is not null
    group by finding_code, finding_description
    order by finding_code, sum(times) desc, finding_description collate "C"
),

by_aircraft as (
    select
        coalesce(nullif(btrim(finding_code), ''), 'UNKNOWN') as finding_code,
        ev_id,
        aircraft_key,
        count(*) as findings,
        count(*) filter (where upper(btrim(cause_factor)) = 'C') as stated_as_cause,
        count(*) filter (where upper(btrim(cause_factor)) = 'F') as stated_as_factor,
        count(*) filter (where upper(btrim(cm_inpc)) in ('T', 'TRUE', '1', '-1', 'Y')) as in_probable_cause
    from findings
    group by coalesce(nullif(btrim(finding_code), ''), 'UNKNOWN'), ev_id, aircraft_key
),

by_event as (
    select
        finding_code,
        ev_id,
        count(*) as aircraft,
        sum(findings) as findings,
        sum(stated_as_cause) as stated_as_cause,
        sum(stated_as_factor) as stated_as_factor,
        sum(in_probable_cause) as in_probable_cause
    from by_aircraft
    group by finding_code, ev_id
)

select
    by_event.finding_code,
    -- No code, no single meaning: rows without one have little in common.
    case when by_event.finding_code <> 'UNKNOWN' then worded.finding_description end as finding_description,
    coalesce(worded.wordings, 0) as wordings,
    sum(by_event.findings)::bigint as findings,
    sum(by_event.aircraft)::bigint as aircraft,
    count(*) as events,
    count(*) filter (where event_summary.severity = 'FATL') as fatal_events,
    sum(by_event.stated_as_cause)::bigint as stated_as_cause,
    sum(by_event.stated_as_factor)::bigint as stated_as_factor,
    sum(by_event.in_probable_cause)::bigint as in_probable_cause
from by_event
left join event_summary on by_event.ev_id = event_summary.ev_id
left join worded on by_event.finding_code = worded.finding_code
group by by_event.finding_code, worded.finding_description, worded.wordings
