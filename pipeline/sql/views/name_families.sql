-- needs: aircraft_traits, aircraft_family_rule
-- grain: one row per make, model, homebuilt and category of an aircraft that matches a rule, with its family, or the families between which nothing decides
-- kind: materialized, key: make, model, homebuilt, category
-- A pattern must match the whole name. Within a family, rules with a variant take precedence over those without.
-- column: family Family of the aircraft; null where rules of several families match (a tie).
-- column: variant Variant within the family; null where no rule states one, or where several do.
-- column: class Class of aircraft that all rules agree on; null where they do not, or state none.
-- column: rule Line of aircraft_family_rule that applies, the first of several that agree, as aircraft_families:<line>; null without a family.
-- column: ambiguity Families or variants between which nothing decides, with their rules; null where there are none.
with named as materialized (select distinct make, model, homebuilt, category from aircraft_traits),

-- PostgreSQL keeps the last 32 compiled patterns: pairs are sorted by pattern first, and filtered afterwards.
make_pairs as materialized (
    select makes.make, patterns.make_pattern
    from (select distinct make_pattern from aircraft_family_rule) as patterns
    cross join (select distinct make from named) as makes
    order by patterns.make_pattern
),

makes as (select make, make_pattern from make_pairs where make ~ ('^(?:' || make_pattern || ')$')),

rule_pairs as materialized (
    select
        named.make, named.model, named.homebuilt, named.category, rule.model_pattern,
        rule.family, rule.variant, rule.class, rule.line
    from makes
    inner join aircraft_family_rule as rule on makes.make_pattern = rule.make_pattern
    inner join named
        on makes.make = named.make and named.homebuilt = coalesce(rule.homebuilt, named.homebuilt)
        and named.category = coalesce(rule.category, named.category)
    order by rule.line
),

matches as (
    select rule_pairs.*, bool_or(variant is not null) over (partition by make, model, homebuilt, category, family) as has_variant
    from rule_pairs
    where model ~ ('^(?:' || model_pattern || ')$')
),

by_name as (
    select
        make, model, homebuilt, category,
        count(distinct family) as families,
        count(distinct coalesce(variant, '')) as variants,
        count(distinct coalesce(class, '')) as classes,
        min(family collate "C") as family, min(variant collate "C") as variant, min(class collate "C") as class, min(line) as line,
        string_agg(distinct family collate "C", ', ' order by family collate "C") as family_list,
        string_agg(distinct variant collate "C", ', ' order by variant collate "C") as variant_list,
        string_agg('aircraft_families:' || line, ', ' order by line) as rules
    from matches
    where variant is not null or not has_variant
    group by make, model, homebuilt, category
)

select
    make, model, homebuilt, category,
    case when families = 1 then family end as family,
    case when families = 1 and variants = 1 then variant end as variant,
    case when classes = 1 then class end as class,
    case when families = 1 then 'aircraft_families:' || line end as rule,
    case
        when families > 1 then 'family: ' || family_list || ' (' || rules || ')'
        when variants > 1 then 'variant: ' || variant_list || ' (' || rules || ')'
    end as ambiguity
from by_name
