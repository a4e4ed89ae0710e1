-- needs: findings, finding_causes, seq_of_events, pre1982_causes, ct_seqevt, events
-- grain: one row per finding, cause or factor of an aircraft of the 30,000 newest events, in the order of ev_id, aircraft_key and number
with meaning as (
    select distinct on (code) code, btrim(meaning) as meaning
    from ct_seqevt
    where code is not null
    order by code, era collate "C", source_file collate "C", source_row
),

finding as (
    select
        findings.ev_id, findings.aircraft_key, findings.finding_no as number, 0 as part, btrim(findings.finding_code) as code,
        regexp_replace(btrim(findings.finding_description), ' - [CF]$', '') as description, lower(finding_causes.role) as role
    from findings
    left join finding_causes
        on findings.ev_id = finding_causes.ev_id and findings.aircraft_key = finding_causes.aircraft_key
        and findings.finding_no = finding_causes.finding_no
    union all
    select
        rows.ev_id, rows.aircraft_key, rows.occurrence_no, rows.seq_event_no, rows.subj_code::text,
        concat_ws(', ', subject.meaning, modifier.meaning, person.meaning),
        case convert.to_code(rows.cause_factor) when 'C' then 'cause' when 'F' then 'factor' end
    from seq_of_events as rows
    left join meaning as subject on subject.code = rows.subj_code
    left join meaning as modifier on modifier.code = rows.modifier_code
    left join meaning as person on person.code = rows.person_code
    union all
    select ev_id, aircraft_key, cause_no, 0, cause_code, coalesce(cause_meaning, group_meaning), relation
    from pre1982_causes
)

select ev_id, aircraft_key, number, code, description, role
from finding
where ev_id in (select ev_id from events order by ev_date desc nulls last, ev_id collate "C" desc limit 30000)
order by ev_id collate "C", aircraft_key, number, part, code collate "C", description collate "C";
