-- needs: weather_matches
-- grain: one row per era and measure of the linkage with weather reports of the user: how many events have it, of how many; empty without an archive
-- kind: view
-- column: measure What is counted, such as report found or temperature agrees.
-- column: events Number of events with a report, or that agree.
-- column: of_events Number of events whose time and position are known, or that can be compared.
with counted as (
    select
        era, count(*) as total, count(station) as found,
        count(*) filter (where distance_km <= 10 and abs(minutes) <= 30) as near,
        count(*) filter (where station_agrees) as stations_agree, count(station_agrees) as stations,
        count(*) filter (where temp_agrees) as temps_agree, count(temp_agrees) as temps,
        count(*) filter (where dew_pt_agrees) as dew_points_agree, count(dew_pt_agrees) as dew_points,
        count(*) filter (where wind_speed_agrees) as speeds_agree, count(wind_speed_agrees) as speeds,
        count(*) filter (where wind_dir_agrees) as directions_agree, count(wind_dir_agrees) as directions,
        count(*) filter (where visibility_agrees) as visibilities_agree, count(visibility_agrees) as visibilities,
        count(*) filter (where ceiling_agrees) as ceilings_agree, count(ceiling_agrees) as ceilings,
        count(*) filter (where condition_agrees) as conditions_agree, count(condition_agrees) as conditions
    from weather_matches
    group by era
)

select counted.era, measures.measure, measures.events, measures.of_events
from counted
cross join lateral (
    values
    ('report found', found, total), ('report within 10 km and 30 minutes', near, total), ('station agrees', stations_agree, stations),
    ('temperature agrees', temps_agree, temps), ('dew point agrees', dew_points_agree, dew_points),
    ('wind speed agrees', speeds_agree, speeds), ('wind direction agrees', directions_agree, directions),
    ('visibility agrees', visibilities_agree, visibilities), ('ceiling agrees', ceilings_agree, ceilings),
    ('condition agrees', conditions_agree, conditions)
) as measures (measure, events, of_events)
