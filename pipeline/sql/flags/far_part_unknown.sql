-- needs: aircraft, eadmspub_datadictionary, ct_iaids
-- flags: aircraft.far_part part missing from the data dictionary and the code table (091, not 91)
with known as (
    select code_iaids as code from eadmspub_datadictionary
    where lower("table") = 'aircraft' and "column" = 'far_part' and code_iaids is not null
    union
    select code_iaids from ct_iaids where ct_name = 'ct_fars' and code_iaids is not null
)

select source_row from aircraft
where far_part is not null and far_part not in (select code from known)
