-- needs: registry_matches
-- grain: one row per era and measure of the linkage with a registry of the user: how many aircraft have it, of how many; empty without a registry
-- kind: view
-- column: measure Way of matching, or comparison that is counted, such as year agrees.
-- column: aircraft Number of aircraft with this match, or that agree.
-- column: of_aircraft Number of aircraft with a registration of the United States, or that can be compared.
with counted as (
    select
        era, count(*) as total, count(registry_file) as matched,
        count(*) filter (where match = 'registration, serial number and date') as by_all,
        count(*) filter (where match = 'registration and serial number') as by_serial,
        count(*) filter (where match = 'registration and date') as by_date,
        count(*) filter (where match = 'serial number and model') as by_model,
        count(*) filter (where match = 'ambiguous') as ambiguous,
        count(*) filter (where match = 'contradicted') as contradicted,
        count(*) filter (where match = 'none') as missing,
        count(icao_hex) as with_hex,
        count(*) filter (where year_agrees) as years_agree, count(year_agrees) as years,
        count(*) filter (where engine_type_agrees) as types_agree, count(engine_type_agrees) as types,
        count(*) filter (where engine_model_agrees) as models_agree, count(engine_model_agrees) as models
    from registry_matches
    group by era
)

select counted.era, measures.measure, measures.aircraft, measures.of_aircraft
from counted
cross join lateral (
    values
    ('matched', matched, total), ('registration, serial number and date', by_all, total),
    ('registration and serial number', by_serial, total), ('registration and date', by_date, total),
    ('serial number and model', by_model, total), ('ambiguous', ambiguous, total), ('contradicted', contradicted, total),
    ('none', missing, total), ('icao_hex known', with_hex, matched), ('year agrees', years_agree, years),
    ('engine type agrees', types_agree, types), ('engine model agrees', models_agree, models)
) as measures (measure, aircraft, of_aircraft)
