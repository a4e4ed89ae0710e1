-- needs: harmonization_coverage
-- checks: of each field and era, at most one code in fifty is in no reviewed mapping
-- severity: warn
-- allow: 0, a code that is not mapped has no value in the common language
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
