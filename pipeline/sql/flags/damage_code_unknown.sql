-- needs: aircraft, eadmspub_datadictionary, ct_iaids
-- flags: aircraft.damage a degree of damage that neither the dictionary nor the code table knows; case counts
with known as (
    select code_iaids as code from eadmspub_datadictionary
    where lower("table") = 'aircraft' and "column" = 'damage' and code_iaids is not null
    union
    select code_iaids from ct_iaids where ct_name = 'ct_damage' and code_iaids is not null
)

select source_row from aircraft
where damage is not null and damage not in (select code from known)
