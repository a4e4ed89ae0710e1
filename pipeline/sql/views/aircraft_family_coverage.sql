-- needs: aircraft_traits, aircraft_families, aircraft_family_conflicts, event_summary
-- grain: one row per era, location and homebuilt, with the number of aircraft that have a family and a class
-- kind: view
-- column: location Where the event happened: US, FOREIGN or UNKNOWN.
-- column: homebuilt Homebuilt in NTSB's record: Y, N or UNKNOWN.
-- column: aircraft Number of aircraft.
-- column: with_name Number of them whose make and model are both recorded.
-- column: with_family Number of them that have a family.
-- column: class_by_rule Number of them whose class follows from make and model.
-- column: class_by_characteristics Number of them whose class follows from category and engines.
-- column: without_class Number of them without a class.
-- column: ambiguous Number of them between whose families, variants or classes nothing decides.
-- column: conflicting Number of them whose record contradicts the class by rule (aircraft_family_conflicts).
with conflicts as (
    select distinct ev_id, aircraft_key from aircraft_family_conflicts
)

select
    families.era,
    case when event_summary.is_us then 'US' when not event_summary.is_us then 'FOREIGN' else 'UNKNOWN' end as location,
    case when traits.homebuilt in ('Y', 'N') then traits.homebuilt else 'UNKNOWN' end as homebuilt,
    count(*) as aircraft,
    count(*) filter (where traits.make <> '' and traits.model <> '') as with_name,
    count(families.family) as with_family,
    count(*) filter (where families.method = 'rule') as class_by_rule,
    count(*) filter (where families.method = 'characteristics') as class_by_characteristics,
    count(*) filter (where families.method = 'none') as without_class,
    count(families.ambiguity) as ambiguous,
    count(conflicts.ev_id) as conflicting
from aircraft_families as families
inner join aircraft_traits as traits on families.ev_id = traits.ev_id and families.aircraft_key = traits.aircraft_key
inner join event_summary on families.ev_id = event_summary.ev_id
left join conflicts on families.ev_id = conflicts.ev_id and families.aircraft_key = conflicts.aircraft_key
group by 1, 2, 3
