-- needs: clean_events, event_positions, coordinate_states
-- grain: one row per accident in the USA: its position, the quality of its coordinates, and whether maps use it
-- kind: materialized, key: ev_id
-- Limits are those of the check coordinates_in_state by default: 2 km across the border of a state, 25 km off its coast.
-- column: position_quality Quality of the position: measured, estimated, method not recorded, derived (from an airport), outside its state (farther away than the limits), state not known (nothing to compare with), or none.
-- column: is_located True where maps and distances use the position: its quality is measured, estimated, method not recorded or derived.
with qualified as (
    select
        events.ev_id, events.era, events.ev_date, events.ev_year, events.ev_city, events.ev_state_code as ev_state, events.severity,
        positions.position_latitude, positions.position_longitude, positions.uncertainty_km,
        case
            when positions.position_source = 'none' then 'none'
            when positions.position_source = 'derived' then 'derived'
            when states.ev_id is null then 'state not known'
            when states.distance_km > case when states.state_at_coordinates is null then 25 else 2 end then 'outside its state'
            when positions.position_source = 'NTSB measured' then 'measured'
            when positions.position_source = 'NTSB estimated' then 'estimated'
            else 'method not recorded'
        end as position_quality
    from clean_events as events
    inner join event_positions as positions on events.ev_id = positions.ev_id
    left join coordinate_states as states on events.ev_id = states.ev_id
    where events.is_us and events.ev_type_code is distinct from 'INC'
)

select *, position_quality in ('measured', 'estimated', 'method not recorded', 'derived') as is_located
from qualified
