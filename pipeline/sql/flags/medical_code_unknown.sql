-- needs: flight_crew, eadmspub_datadictionary, ct_iaids
-- flags: Flight_Crew.med_certf medical certificate code missing from the data dictionary and the code table (case-sensitive)
with known as (
    select code_iaids as code from eadmspub_datadictionary
    where lower("table") = 'flight_crew' and "column" = 'med_certf' and code_iaids is not null
    union
    select code_iaids from ct_iaids where ct_name = 'ct_med_certf' and code_iaids is not null
)

select source_row from flight_crew
where med_certf is not null and med_certf not in (select code from known)
