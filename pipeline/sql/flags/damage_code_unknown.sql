-- needs: aircraft, eadmspub_datadictionary, ct_iaids
-- flags: aircraft.damage damage code missing from the data dictionary and the code table (case-sensitive)
with known as (
    select code_iaids as code from eadmspub_datadictionary
    where lower("table") = 'aircraft' and "column" = 'damage' and code_iaids is not null
    union
    select code_iaids from ct_iaids where ct_name = 'ct_damage' and code_iaids is not null
)

select source_row from aircraft
where damage is not null and damage not in (select code from known)
