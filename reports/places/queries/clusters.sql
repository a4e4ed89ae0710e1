-- needs: accident_clusters
-- grain: one row per cluster of located accidents in the USA, largest first
select
    cluster_no, city, state, center_latitude, center_longitude, radius_km, accidents, fatal_accidents, accidents_of_known_severity,
    first_year, last_year
from accident_clusters
order by cluster_no;
