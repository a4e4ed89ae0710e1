-- needs: engines
-- checks: an engine with the content of a lower-numbered one, whose number exceeds the aircraft's engine count by more than ten
-- Smaller gaps are common: rows get withdrawn, and the engines of an aircraft are usually identical.
with numbered as (
    select source_row, ev_id, aircraft_key, eng_no, count(*) over (partition by ev_id, aircraft_key) as row_count
    from engines
),

contents as (
    select
        ev_id, aircraft_key, eng_no,
        to_jsonb(engines) - array['eng_no', 'source_row', 'lchg_date', 'lchg_userid'] as content
    from engines
    where (ev_id, aircraft_key) in (select ev_id, aircraft_key from numbered where eng_no > row_count + 10)
)

select
    numbered.source_row,
    'copy' as reason,
    'the same as engine ' || min(earlier.eng_no) || ' of this aircraft' as detail
from numbered
inner join contents as own
    on numbered.ev_id = own.ev_id and numbered.aircraft_key = own.aircraft_key and numbered.eng_no = own.eng_no
inner join contents as earlier
    on own.ev_id = earlier.ev_id and own.aircraft_key = earlier.aircraft_key
    and own.eng_no > earlier.eng_no and own.content = earlier.content
where numbered.eng_no > numbered.row_count + 10
group by numbered.source_row
