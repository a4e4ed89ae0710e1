-- needs: aircraft_harmonized, event_harmonized
-- grain: one row per harmonized field, era and basis (exact, close, none, unmapped, missing), with its number of values
-- kind: materialized, key: field, era, basis
-- UNK is a value: NTSB states that it is not known. The lateral lists unpivot the fields, so that each view is read once.
-- column: field Harmonized field: a column of aircraft_harmonized or event_harmonized (cause for cause_groups).
-- column: basis Basis of the values: exact, close, none, unmapped or missing.
-- column: times Number of aircraft, or of events for severity, weather and light.
-- column: times_unknown Number of these whose harmonized value is UNK.
select
    field_value.field, aircraft_harmonized.era, field_value.basis, count(*) as times,
    count(*) filter (where field_value.value = 'UNK') as times_unknown
from aircraft_harmonized
cross join lateral (
    values
    ('category', category_basis, category), ('damage', damage_basis, damage), ('operation', operation_basis, operation),
    ('purpose', purpose_basis, purpose), ('engine', engine_basis, engine), ('phase', phase_basis, phase),
    ('occurrence', occurrence_basis, occurrence), ('cause', cause_basis, cause_groups)
) as field_value (field, basis, value)
group by field_value.field, aircraft_harmonized.era, field_value.basis
union all
select field_value.field, event_harmonized.era, field_value.basis, count(*), count(*) filter (where field_value.value = 'UNK')
from event_harmonized
cross join lateral (
    values
    ('severity', severity_basis, severity), ('weather', weather_basis, weather), ('light', light_basis, light)
) as field_value (field, basis, value)
group by field_value.field, event_harmonized.era, field_value.basis
