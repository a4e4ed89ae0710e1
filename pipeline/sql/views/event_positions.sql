-- needs: events, derived_positions
-- grain: one row per event, of every era: its best position, where that comes from and how uncertain it is
-- kind: view
-- NTSB's coordinates always precede derived ones and are not changed.
-- column: position_source Source of the position: NTSB measured, NTSB estimated, NTSB (method not recorded), derived, or none.
-- column: position_latitude Latitude: dec_latitude, or else the derived latitude; null where there is neither.
-- column: position_longitude Longitude: dec_longitude, or else the derived longitude; null where there is neither.
-- column: uncertainty_km Distance from the position within which about 95 % of events are expected, in kilometers: the radius of a derived position; for NTSB's coordinates, the 95th percentile of their distance from the airport over events of the era on one, or 26 if there are fewer than 20.
-- column: rule How a derived position was derived; null for NTSB's coordinates.
with placed as (
    select
        ev_id, era, dec_latitude, dec_longitude, convert.to_code(latlong_acq) as acquisition,
        geom is not null and not (dec_latitude = 0 and dec_longitude = 0) as is_stated
    from events
),

-- Events on an airport show how far coordinates of an era are from where the event was.
accuracy as (
    select era, percentile_cont(0.95) within group (order by difference_km) as kilometers
    from derived_positions
    where rule like 'on %' and difference_km is not null
    group by era
    having count(*) >= 20
)

select
    placed.ev_id, placed.era,
    case
        when placed.is_stated and placed.acquisition = 'MEAS' then 'NTSB measured'
        when placed.is_stated and placed.acquisition = 'EST' then 'NTSB estimated'
        when placed.is_stated then 'NTSB'
        when derived.ev_id is not null then 'derived'
        else 'none'
    end as position_source,
    case when placed.is_stated then placed.dec_latitude else derived.derived_latitude end as position_latitude,
    case when placed.is_stated then placed.dec_longitude else derived.derived_longitude end as position_longitude,
    case
        when not placed.is_stated then derived.radius_km
        else coalesce(round(accuracy.kilometers::numeric, 1)::double precision, 26)
    end as uncertainty_km,
    case when not placed.is_stated then derived.rule end as rule
from placed
left join derived_positions as derived on placed.ev_id = derived.ev_id
left join accuracy on placed.era = accuracy.era
