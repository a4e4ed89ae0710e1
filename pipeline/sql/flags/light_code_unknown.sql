-- needs: events, eadmspub_datadictionary, ct_iaids
-- flags: events.light_cond light condition code missing from the data dictionary and the code table (case-sensitive)
with known as (
    select code_iaids as code from eadmspub_datadictionary
    where lower("table") = 'events' and "column" = 'light_cond' and code_iaids is not null
    union
    select code_iaids from ct_iaids where ct_name = 'ct_light_cond' and code_iaids is not null
)

select source_row from events
where light_cond is not null and light_cond not in (select code from known)
