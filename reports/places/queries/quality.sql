-- needs: accident_positions
-- grain: one row per era and quality of the position of accidents in the USA
select
    era, position_quality, case when is_located then 'yes' else 'no' end as on_map,
    count(*) as accidents,
    round(percentile_cont(0.5) within group (order by uncertainty_km)::numeric, 1)::double precision as median_uncertainty_km
from accident_positions
group by era, position_quality, is_located
order by era collate "C", position_quality collate "C";
