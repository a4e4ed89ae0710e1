-- needs: accident_positions
-- grain: one row per located accident in the USA, from south to north: what the page finds accidents near a point by
select
    ev_id, ev_date, ev_city, ev_state, severity, position_quality,
    round(position_latitude::numeric, 4)::double precision as latitude, round(position_longitude::numeric, 4)::double precision as longitude
from accident_positions
where is_located
order by position_latitude, ev_id collate "C";
