-- needs: accident_positions
-- grain: one row per square of one degree with located accidents in the USA; its south-west corner
select
    floor(position_latitude)::integer as south,
    floor(position_longitude)::integer as west,
    count(*) as accidents,
    count(*) filter (where severity = 'FATL') as fatal_accidents,
    count(severity) as accidents_of_known_severity
from accident_positions
where is_located
group by floor(position_latitude), floor(position_longitude)
order by south, west;
