-- needs: events_sequence
-- grain: one row per occurrence in the sequence of an aircraft's event, coded as since 2008, with its codes trimmed
-- kind: view
-- schema: staging
-- An occurrence code is three digits of the phase and three of the kind of occurrence; the latter stand in eventsoe_no as well.
-- column: phase_code Code of the phase of flight (phase_no): three digits, trimmed.
-- column: eventsoe_code Code of the kind of occurrence (eventsoe_no, or the last three digits of occurrence_code); null where there is none.
select
    ev_id,
    aircraft_key,
    occurrence_no,
    convert.to_code(phase_no) as phase_code,
    nullif(coalesce(nullif(convert.to_code(eventsoe_no), ''), substr(convert.to_code(occurrence_code), 4, 3)), '') as eventsoe_code,
    defining_ev,
    era
from events_sequence
