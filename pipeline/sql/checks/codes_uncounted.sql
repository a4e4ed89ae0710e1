-- needs: codes, codes_in_use
-- checks: every code list of the 1962-1981 file is used by at least one row
-- severity: warn
-- allow: 0, an unused list means an empty column, or a column that pre1982_code_usage does not count
-- family: required values
select
    'ct_pre1982' as relation,
    codes.field as row_key,
    format('no row bears a code of this list of %s: is its column counted in pre1982_code_usage?', count(*)) as detail
from codes
where
    codes.origin = 'ct_pre1982'
    and not exists (select from codes_in_use where codes_in_use.field = codes.field)
    -- Reviewed: these lists define the first characters of codes that are counted as a whole.
    and codes.field not in ('CAUSE_FACTOR P GROUP', 'OPERATION_PHASE FIRST LETTER')
group by codes.field
