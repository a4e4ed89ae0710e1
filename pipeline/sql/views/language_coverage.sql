-- needs: aircraft_language, event_language
-- grain: one row per field of the common language, era and basis (exact, close, none, unmapped, missing)
-- kind: materialized, key: field, era, basis
with stated as (
    select said.field, aircraft_language.era, said.basis, said.value
    from aircraft_language
    cross join lateral (
        values
        ('category', category_basis, category), ('damage', damage_basis, damage),
        ('operation', operation_basis, operation), ('purpose', purpose_basis, purpose), ('engine', engine_basis, engine),
        ('phase', phase_basis, phase), ('occurrence', occurrence_basis, occurrence), ('cause', cause_basis, cause_groups)
    ) as said (field, basis, value)
    union all
    select said.field, event_language.era, said.basis, said.value
    from event_language
    cross join lateral (
        values ('severity', severity_basis, severity), ('weather', weather_basis, weather), ('light', light_basis, light)
    ) as said (field, basis, value)
)

select
    field,
    era,
    basis,
    count(*) as times,
    -- UNK is an answer: NTSB states that it is not known.
    count(*) filter (where value = 'UNK') as stated_unknown
from stated
group by field, era, basis
