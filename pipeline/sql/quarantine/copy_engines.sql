-- needs: engines
-- checks: an engine that repeats a lower-numbered one and whose number lies beyond the aircraft's count of engines
with numbered as (
    select
        source_row, ev_id, aircraft_key, eng_no,
        to_jsonb(engines) - array['eng_no', 'source_row', 'lchg_date', 'lchg_userid'] as content,
        count(*) over (partition by ev_id, aircraft_key) as engines_listed
    from engines
)

select
    later.source_row,
    'copy' as reason,
    'the same as engine ' || min(earlier.eng_no) || ' of this aircraft' as detail
from numbered as later
inner join numbered as earlier
    on later.ev_id = earlier.ev_id and later.aircraft_key = earlier.aircraft_key
    and later.eng_no > earlier.eng_no and later.content = earlier.content
where later.eng_no > later.engines_listed
group by later.source_row
