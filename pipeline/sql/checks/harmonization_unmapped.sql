-- needs: harmonization_coverage
-- checks: at most 2 % of the codes of each field and era are missing from the reviewed mappings
-- severity: warn
-- allow: 0, a code without a mapping has no harmonized code
-- family: required values
with summed as (
    select
        field, era, sum(times) filter (where basis = 'unmapped') as unmapped,
        sum(times) filter (where basis <> 'missing') as coded
    from harmonization_coverage
    group by field, era
)

select
    'harmonization_coverage' as relation,
    concat_ws(' ', field, era) as row_key,
    format('%s of %s codes are in no mapping', unmapped, coded) as detail
from summed
where unmapped > 0.02 * coded
