-- needs: findings
-- checks: a finding with the content of a lower-numbered one, whose number exceeds the aircraft's finding count by more than ten
-- Smaller gaps come from withdrawn findings, and two findings of an aircraft may have the same wording.
with numbered as (
    select source_row, ev_id, aircraft_key, finding_no, count(*) over (partition by ev_id, aircraft_key) as row_count
    from findings
),

contents as (
    select
        ev_id, aircraft_key, finding_no,
        to_jsonb(findings) - array['finding_no', 'source_row', 'lchg_date', 'lchg_userid'] as content
    from findings
    where (ev_id, aircraft_key) in (select ev_id, aircraft_key from numbered where finding_no > row_count + 10)
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
where numbered.finding_no > numbered.row_count + 10
group by numbered.source_row
