-- needs: codes, code_harmonization
-- grain: one row per code of LOCAT_STATE_TERR of 1962-1981; postal is null abroad, at sea and where a code covers several territories
-- kind: view
-- schema: code_mappings
-- The codes number the states alphabetically and are not FIPS codes. They are decoded by the names in the file, not by position.
-- column: name Name of the state, territory or country in the file.
-- column: postal Two-letter postal code; null abroad, at sea and where the code covers several territories.
select
    codes.code,
    codes.meaning as name,
    nullif(code_harmonization.value, 'UNK') as postal,
    code_harmonization.confidence,
    codes.origin
from codes
left join code_harmonization
    on code_harmonization.field = 'state' and code_harmonization.era = 'pre1982' and code_harmonization.code = codes.code
where codes.field = 'LOCAT_STATE_TERR'
