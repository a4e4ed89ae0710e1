-- needs: clean_findings, event_summary
-- grain: one row per finding code; UNKNOWN where none is stated
-- kind: materialized, key: finding_code
-- The wording of a code's description varies over the years: the most frequent one is used, of equally frequent ones the first in C order.
-- column: finding_code Code of the finding, trimmed: ten digits; UNKNOWN where none is stated.
-- column: finding_description Most frequent wording of the finding, without its role at the end; null for UNKNOWN.
-- column: wordings Number of different wordings of the finding.
-- column: findings Number of findings.
-- column: aircraft Number of aircraft with such a finding.
-- column: events Number of events with such a finding; not additive over rows.
-- column: fatal_events Number of these events with severity FATL.
-- column: events_with_unknown_severity Number of these events whose severity is not known.
-- column: stated_as_cause Number of findings marked as a cause, in cause_factor or at the end of the description.
-- column: stated_as_factor Number of findings marked as a factor, in cause_factor or at the end of the description.
-- column: in_probable_cause Number of findings that cm_inpc marks as part of the probable cause.
with spellings as (
    -- Distinct wordings are few: they are counted first and cleaned afterwards.
    select finding_code, finding_description, count(*) as times
    from clean_findings
    group by finding_code, finding_description
),

cleaned as (
    select
        coalesce(nullif(finding_code, ''), 'UNKNOWN') as finding_code,
        -- Older descriptions end in ' - C' or ' - F', the role of the finding.
        convert.finding_wording(finding_description) as finding_description,
        times
    from spellings
),

most_frequent as (
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
        coalesce(nullif(finding_code, ''), 'UNKNOWN') as finding_code,
        ev_id,
        aircraft_key,
        count(*) as findings,
        count(*) filter (where stated_role_code = 'C') as stated_as_cause,
        count(*) filter (where stated_role_code = 'F') as stated_as_factor,
        count(*) filter (where in_probable_cause) as in_probable_cause
    from clean_findings
    group by coalesce(nullif(finding_code, ''), 'UNKNOWN'), ev_id, aircraft_key
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
    -- Findings without a code have no common description.
    case when by_event.finding_code <> 'UNKNOWN' then most_frequent.finding_description end as finding_description,
    coalesce(most_frequent.wordings, 0) as wordings,
    sum(by_event.findings)::bigint as findings,
    sum(by_event.aircraft)::bigint as aircraft,
    count(*) as events,
    count(*) filter (where event_summary.severity = 'FATL') as fatal_events,
    count(*) filter (where event_summary.severity is null) as events_with_unknown_severity,
    sum(by_event.stated_as_cause)::bigint as stated_as_cause,
    sum(by_event.stated_as_factor)::bigint as stated_as_factor,
    sum(by_event.in_probable_cause)::bigint as in_probable_cause
from by_event
left join event_summary on by_event.ev_id = event_summary.ev_id
left join most_frequent on by_event.finding_code = most_frequent.finding_code
group by by_event.finding_code, most_frequent.finding_description, most_frequent.wordings
