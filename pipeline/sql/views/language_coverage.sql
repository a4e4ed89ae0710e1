-- needs: aircraft_language, event_language
-- grain: one row per field of the common language, era and basis (exact, close, none, unmapped, missing)
-- kind: materialized, key: field, era, basis
-- UNK is an answer: NTSB states that it is not known.
select 'category' as field, era, category_basis as basis, count(*) as times,
    count(*) filter (where category = 'UNK') as stated_unknown
from aircraft_language
group by era, category_basis
union all
select 'damage', era, damage_basis, count(*), count(*) filter (where damage = 'UNK')
from aircraft_language
group by era, damage_basis
union all
select 'operation', era, operation_basis, count(*), count(*) filter (where operation = 'UNK')
from aircraft_language
group by era, operation_basis
union all
select 'purpose', era, purpose_basis, count(*), count(*) filter (where purpose = 'UNK')
from aircraft_language
group by era, purpose_basis
union all
select 'engine', era, engine_basis, count(*), count(*) filter (where engine = 'UNK')
from aircraft_language
group by era, engine_basis
union all
select 'phase', era, phase_basis, count(*), count(*) filter (where phase = 'UNK')
from aircraft_language
group by era, phase_basis
union all
select 'occurrence', era, occurrence_basis, count(*), count(*) filter (where occurrence = 'UNK')
from aircraft_language
group by era, occurrence_basis
union all
select 'cause', era, cause_basis, count(*), count(*) filter (where cause_groups = 'UNK')
from aircraft_language
group by era, cause_basis
union all
select 'severity', era, severity_basis, count(*), count(*) filter (where severity = 'UNK')
from event_language
group by era, severity_basis
union all
select 'weather', era, weather_basis, count(*), count(*) filter (where weather = 'UNK')
from event_language
group by era, weather_basis
union all
select 'light', era, light_basis, count(*), count(*) filter (where light = 'UNK')
from event_language
group by era, light_basis
