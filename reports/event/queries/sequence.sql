-- needs: events_sequence, occurrences, pre1982_occurrences, ct_seqevt, events
-- grain: one row per occurrence of an aircraft of the 30,000 newest events, in the order of ev_id, aircraft_key and time
with meaning as (
    select distinct on (code) code, btrim(meaning) as meaning
    from ct_seqevt
    where code is not null
    order by code, era collate "C", source_file collate "C", source_row
),

occurrence as (
    select ev_id, aircraft_key, occurrence_no, btrim(occurrence_code) as code, btrim(occurrence_description) as description, defining_ev
    from events_sequence
    union all
    select
        occurrences.ev_id, occurrences.aircraft_key, occurrences.occurrence_no, occurrences.occurrence_code::text,
        concat_ws(', phase ', kind.meaning, phase.meaning), null
    from occurrences
    left join meaning as kind on kind.code = occurrences.occurrence_code
    left join meaning as phase on phase.code = occurrences.phase_of_flight
    union all
    select ev_id, aircraft_key, occurrence_no::integer, occurrence_code, concat_ws(', phase ', occurrence_meaning, phase_meaning), null
    from pre1982_occurrences
)

select ev_id, aircraft_key, occurrence_no, code, description, nullif(defining_ev, false) as defining_ev
from occurrence
where ev_id in (select ev_id from events order by ev_date desc nulls last, ev_id collate "C" desc limit 30000)
order by ev_id collate "C", aircraft_key, occurrence_no, code collate "C", description collate "C";
