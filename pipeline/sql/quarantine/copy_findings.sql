-- needs: findings
-- checks: a finding that repeats a lower-numbered one and whose number lies beyond the aircraft's count of findings
with numbered as (
    select
        source_row, ev_id, aircraft_key, finding_no,
        to_jsonb(findings) - array['finding_no', 'source_row', 'lchg_date', 'lchg_userid'] as content,
        count(*) over (partition by ev_id, aircraft_key) as findings_listed
    from findings
)

select
    later.source_row,
    'copy' as reason,
    'the same as finding ' || min(earlier.finding_no) || ' of this aircraft' as detail
from numbered as later
inner join numbered as earlier
    on later.ev_id = earlier.ev_id and later.aircraft_key = earlier.aircraft_key
    and later.finding_no > earlier.finding_no and later.content = earlier.content
where later.finding_no > later.findings_listed
group by later.source_row
