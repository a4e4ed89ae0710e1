-- needs: codes, code_harmonization
-- grain: one row per code of LOCAT_STATE_TERR, 1962-1981; postal is null abroad, at sea and where the code is for several territories
-- kind: view
-- schema: code_mappings
-- The numbers run through the alphabet; they are decoded by the file's names, never by position, and are no FIPS codes.
select
    codes.code,
    codes.meaning as name,
    nullif(code_harmonization.value, 'UNK') as postal,
    code_harmonization.confidence,
    codes.origin
from codes
left join code_harmonization on code_harmonization.field = 'state' and code_harmonization.era = 'pre1982' and code_harmonization.code = codes.code
where codes.field = 'LOCAT_STATE_TERR'
