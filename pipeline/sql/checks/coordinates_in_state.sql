-- needs: coordinate_states
-- checks: an event is in its state, or not farther away than [Checks] state_border_km, at sea state_coast_km
-- severity: warn
-- allow: 0, a point outside has a wrong coordinate, a wrong state, or is far off the coast
-- family: coordinates
with limits as (
    select
        coalesce(nullif(current_setting('ntsb.state_border_km', true), ''), '2')::double precision as border_km,
        coalesce(nullif(current_setting('ntsb.state_coast_km', true), ''), '25')::double precision as coast_km
)

select
    'events' as relation,
    ev_id as row_key,
    format(
        'ev_state %s, dec_latitude %s, dec_longitude %s: %s km away, in %s',
        ev_state, dec_latitude, dec_longitude, distance_km, coalesce(state_at_coordinates, 'no state')
    ) as detail
from coordinate_states
cross join limits
where distance_km > case when state_at_coordinates is null then coast_km else border_km end
