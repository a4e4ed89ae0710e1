-- needs: findings
-- checks: a finding that repeats a lower-numbered one, with a number far (ten) beyond the aircraft's count of findings
-- A smaller gap is that of a finding withdrawn, and two findings of an aircraft may be worded alike.
with numbered as (
    select source_row, ev_id, aircraft_key, finding_no, count(*) over (partition by ev_id, aircraft_key) as listed
    from findings
),

contents as (
    select
        ev_id, aircraft_key, finding_no,
        to_jsonb(findings) - array['finding_no', 'source_row', 'lchg_date', 'lchg_userid'] as content
    from findings
    where (ev_id, aircraft_key) in (select ev_id, aircraft_key from numbered where finding_no > listed + 10)
)

select
    numbered.source_row,
    'copy' as reason,
    'the same as finding ' || min(earlier.finding_no) || ' of this aircraft' as detail
from numbered
inner join contents as own
    on numbered.ev_id = own.ev_id and numbered.aircraft_key = own.aircraft_key and numbered.finding_no = own.finding_no
inner join contents as earlier
    on own.ev_id = earlier.ev_id and own.aircraft_key = earlier.aircraft_key
    and own.finding_no > earlier.finding_no and own.content = earlier.content
where numbered.finding_no > numbered.listed + 10
group by numbered.source_row
