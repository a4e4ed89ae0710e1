-- needs: aircraft, eadmspub_datadictionary, ct_iaids
-- flags: aircraft.acft_category category code missing from the data dictionary and the code table; an empty value is not a code
with known as (
    select code_iaids as code from eadmspub_datadictionary
    where lower("table") = 'aircraft' and "column" = 'acft_category' and code_iaids is not null
    union
    select code_iaids from ct_iaids where ct_name = 'ct_acft_cat' and code_iaids is not null
)

select source_row from aircraft
where acft_category is not null and acft_category not in (select code from known)
