-- needs: aircraft_traits, name_families, aircraft_class
-- grain: one row per aircraft: family, variant and class by reviewed rules for make and model, otherwise the class by its engines
-- kind: materialized, key: ev_id, aircraft_key
-- Where the rules state no class, or different ones, it is the only class in aircraft_class that the harmonized category and engine type,
-- the number of engines and homebuilt allow. Unmanned aircraft are uas. Nothing is guessed: ambiguity lists what remains open.
-- column: family Family of the aircraft, such as Cessna 172 Skyhawk; null where no rule matches, or rules of several families.
-- column: variant Part of the family that differs from the rest, such as its turboprop models; null where there is no such rule.
-- column: class Class of aircraft, as in aircraft_class; null where neither the rules nor its category and engines determine it.
-- column: rule Line of aircraft_family_rule that applies, as aircraft_families:<line>; null without a family.
-- column: method What class follows from: rule (make and model), characteristics (category and engines, or unmanned) or none.
-- column: ambiguity Families, variants or classes between which nothing decides; null where there are none.
with decided as (
    select
        traits.ev_id, traits.aircraft_key, traits.era,
        named.family, named.variant, named.rule, named.ambiguity,
        case when not traits.unmanned then named.class end as class_by_rule,
        case when traits.unmanned then 'uas' when allowed.classes = 1 then allowed.class end as class_by_characteristics,
        case when allowed.classes > 1 then allowed.class_list end as class_list
    from aircraft_traits as traits
    left join name_families as named
        on traits.make = named.make and traits.model = named.model
        and traits.homebuilt = named.homebuilt and traits.category = named.category
    cross join lateral (
        select
            count(*) as classes,
            min(aircraft_class.class collate "C") as class,
            string_agg(aircraft_class.class, ', ' order by aircraft_class.line) as class_list
        from aircraft_class
        where (named.class is null and not traits.unmanned)
            and traits.category ~ ('^(?:' || aircraft_class.category_pattern || ')$')
            and traits.engine ~ ('^(?:' || coalesce(aircraft_class.engine_pattern, '.*') || ')$')
            and (traits.num_eng = 0 or traits.num_eng::text ~ ('^(?:' || coalesce(aircraft_class.engines_pattern, '.*') || ')$'))
            and (traits.homebuilt = '' or traits.homebuilt = coalesce(aircraft_class.homebuilt, traits.homebuilt))
    ) as allowed
)

select
    ev_id, aircraft_key, era, family, variant,
    coalesce(class_by_rule, class_by_characteristics) as class,
    rule,
    case
        when class_by_rule is not null then 'rule'
        when class_by_characteristics is not null then 'characteristics'
        else 'none'
    end as method,
    nullif(concat_ws('; ', ambiguity, 'class: ' || class_list), '') as ambiguity
from decided
