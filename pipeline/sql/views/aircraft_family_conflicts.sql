-- needs: aircraft_traits, aircraft_families, aircraft_class
-- grain: one row per aircraft with a class by rule, and characteristic in NTSB's record that contradicts it: category, engine or num_eng
-- kind: view
-- Either the record is wrong, or the aircraft was converted to other engines. Unknown and missing values contradict nothing.
-- column: characteristic What contradicts the class: category, engine (both harmonized) or num_eng (number of engines).
-- column: expected Regular expression for the values that the class allows, as in aircraft_class.
-- column: recorded Value in NTSB's record, in the harmonized codes.
select
    families.ev_id, families.aircraft_key, families.era, families.family, families.variant, families.class, families.rule,
    characteristic.name as characteristic,
    characteristic.expected,
    characteristic.recorded
from aircraft_families as families
inner join aircraft_class on families.class = aircraft_class.class
inner join aircraft_traits as traits on families.ev_id = traits.ev_id and families.aircraft_key = traits.aircraft_key
cross join lateral (
    values
    ('category', aircraft_class.category_pattern, traits.category),
    ('engine', aircraft_class.engine_pattern, traits.engine),
    ('num_eng', aircraft_class.engines_pattern, traits.num_eng::text)
) as characteristic (name, expected, recorded)
where families.method = 'rule'
    and characteristic.recorded not in ('', '0', 'UNK', 'NONE')
    and characteristic.recorded !~ ('^(?:' || characteristic.expected || ')$')
