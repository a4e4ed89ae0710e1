-- needs: aircraft_harmonized, event_harmonized
-- grain: one row per field of the common language, era and basis (exact, close, none, unmapped, missing)
-- kind: materialized, key: field, era, basis
-- UNK is an answer: NTSB states that it is not known. Both views are read once, whatever number of fields they have.
select said.field, aircraft_harmonized.era, said.basis, count(*) as times, count(*) filter (where said.value = 'UNK') as times_unknown
from aircraft_harmonized
cross join lateral (
    values
    ('category', category_basis, category), ('damage', damage_basis, damage), ('operation', operation_basis, operation),
    ('purpose', purpose_basis, purpose), ('engine', engine_basis, engine), ('phase', phase_basis, phase),
    ('occurrence', occurrence_basis, occurrence), ('cause', cause_basis, cause_groups)
) as said (field, basis, value)
group by said.field, aircraft_harmonized.era, said.basis
union all
select said.field, event_harmonized.era, said.basis, count(*), count(*) filter (where said.value = 'UNK')
from event_harmonized
cross join lateral (
    values
    ('severity', severity_basis, severity), ('weather', weather_basis, weather), ('light', light_basis, light)
) as said (field, basis, value)
group by said.field, event_harmonized.era, said.basis
