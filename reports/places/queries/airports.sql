-- needs: airports
-- grain: one row per airport of the United States with an identifier of ICAO or FAA; identifiers separated by a space
select
    listed.identifiers, airports.name, airports.city, airports.state,
    round(airports.latitude::numeric, 4)::double precision as latitude, round(airports.longitude::numeric, 4)::double precision as longitude
from airports
cross join lateral (
    select concat_ws(' ', nullif(btrim(airports.icao), ''), nullif(btrim(airports.local_id), '')) as identifiers
) as listed
where airports.country in ('US', 'UM', 'PR', 'VI', 'GU', 'AS', 'MP') and listed.identifiers <> ''
order by listed.identifiers collate "C", airports.list collate "C", airports.line;
