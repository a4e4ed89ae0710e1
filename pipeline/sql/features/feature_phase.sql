-- needs: feature_aircraft, clean_events_sequence, occurrences
-- grain: one row per ev_id with an aircraft: phase of flight of the first aircraft, in one vocabulary for both code lists
with modern as (
    select distinct on (ev_id, aircraft_key)
        ev_id,
        aircraft_key,
        left(phase_code, 2) as code
    from clean_events_sequence
    where phase_code is not null
    order by ev_id asc, aircraft_key asc, defining_ev desc nulls last, occurrence_no asc
),

legacy as (
    select distinct on (ev_id, aircraft_key)
        ev_id,
        aircraft_key,
        left(phase_of_flight::text, 2) as code
    from occurrences
    where phase_of_flight is not null
    order by ev_id asc, aircraft_key asc, occurrence_no asc
)

-- The two code lists use the same digits with different meanings (55 is landing in one and descent in the other) and divide descents
-- differently, so emergency and uncontrolled descents count as descent. After impact is not a phase of flight. "Unknown" is a judgment made
-- when the investigation ends, three of four times of a fatal accident, and not the same as no code.
select
    feature_aircraft.ev_id,
    coalesce(
        case
            when modern.code in ('10', '15', '20') then 'standing'
            when modern.code in ('25', '75') then 'taxi'
            when modern.code in ('30', '35') then 'takeoff'
            when modern.code = '40' then 'cruise'
            when modern.code = '45' then 'maneuvering'
            when modern.code = '50' then 'approach'
            when modern.code = '55' then 'landing'
            when modern.code in ('60', '65') then 'descent'
        end,
        case
            when legacy.code = '50' then 'standing'
            when legacy.code = '51' then 'taxi'
            when legacy.code = '52' then 'takeoff'
            when legacy.code in ('53', '54') then 'cruise'
            when legacy.code = '55' then 'descent'
            when legacy.code = '56' then 'approach'
            when legacy.code = '57' then 'landing'
            when legacy.code in ('58', '59') then 'maneuvering'
        end,
        case when modern.code = '99' or legacy.code = '61' then 'undetermined' end
    ) as phase
from feature_aircraft
left join modern
    on feature_aircraft.ev_id = modern.ev_id and feature_aircraft.aircraft_key = modern.aircraft_key
left join legacy
    on feature_aircraft.ev_id = legacy.ev_id and feature_aircraft.aircraft_key = legacy.aircraft_key
