-- needs: aircraft, clean_events_sequence, occurrences
-- grain: one row per aircraft, with its phase of flight; null where no occurrence states a phase
-- kind: materialized, key: ev_id, aircraft_key
-- Materialized, because a query by phase would otherwise sort all occurrences.
-- Since 2008 the phase of the defining occurrence, or of the first one with a phase; before 2008 that of the first occurrence with a phase.
-- column: phase_code Code of the phase of flight, three digits, in the codes of phase_table; null where no occurrence states a phase.
-- column: phase_table Table that the phase comes from: events_sequence or occurrences.
-- column: occurrence_no Number of the occurrence in phase_table that the phase comes from.
-- column: broad_phase Phase of flight in words, such as TAKEOFF or LANDING, from the first two digits of phase_code.
with modern_names (prefix, broad_phase) as (
    -- Codes of events_sequence: the first two of three digits are the broad phase.
    values
    ('10', 'STANDING'), ('15', 'STANDING'), ('20', 'STANDING'), ('25', 'TAXI'), ('30', 'TAKEOFF'), ('35', 'CLIMB'),
    ('40', 'ENROUTE'), ('45', 'MANEUVERING'), ('50', 'APPROACH'), ('55', 'LANDING'), ('60', 'DESCENT'),
    ('65', 'DESCENT'), ('70', 'POST-IMPACT'), ('75', 'AFTER LANDING'), ('80', 'OTHER'), ('99', 'UNKNOWN')
),

legacy_names (prefix, broad_phase) as (
    -- Codes of occurrences look alike but differ in meaning: 50x is standing here and approach in events_sequence.
    values
    ('50', 'STANDING'), ('51', 'TAXI'), ('52', 'TAKEOFF'), ('53', 'CLIMB'), ('54', 'ENROUTE'), ('55', 'DESCENT'),
    ('56', 'APPROACH'), ('57', 'LANDING'), ('58', 'MANEUVERING'), ('59', 'HOVER'), ('60', 'OTHER'), ('61', 'UNKNOWN')
),

modern as (
    select distinct on (ev_id, aircraft_key)
        ev_id, aircraft_key, occurrence_no, phase_code
    from clean_events_sequence
    where phase_code <> ''
    order by ev_id, aircraft_key, defining_ev is true desc, occurrence_no
),

legacy as (
    select distinct on (ev_id, aircraft_key)
        ev_id, aircraft_key, occurrence_no, phase_of_flight::text as phase_code
    from occurrences
    where phase_of_flight is not null
    order by ev_id, aircraft_key, occurrence_no
)

select
    aircraft.ev_id,
    aircraft.aircraft_key,
    coalesce(modern.phase_code, legacy.phase_code) as phase_code,
    case when modern.phase_code is not null then 'events_sequence'
        when legacy.phase_code is not null then 'occurrences' end as phase_table,
    coalesce(modern.occurrence_no, legacy.occurrence_no) as occurrence_no,
    case when modern.phase_code is not null then modern_names.broad_phase
        else legacy_names.broad_phase end as broad_phase
from aircraft
left join modern on aircraft.ev_id = modern.ev_id and aircraft.aircraft_key = modern.aircraft_key
left join legacy on aircraft.ev_id = legacy.ev_id and aircraft.aircraft_key = legacy.aircraft_key
left join modern_names on modern_names.prefix = left(modern.phase_code, 2)
left join legacy_names on legacy_names.prefix = left(legacy.phase_code, 2)
