-- needs: events_sequence, eadmspub_datadictionary
-- flags: Events_Sequence.Occurrence_Code not the code of a flight phase followed by the code of an event
with listed as (
    select code_iaids as code from eadmspub_datadictionary
    where lower("table") = 'events_sequence' and "column" = 'Occurrence_Code'
),

phases as (
    select left(code, 3) as code from listed where code ~ '^[0-9]{3}xxx$'
    union
    -- In use but not in the dictionary.
    select code from (values ('553'), ('601')) as used (code)
),

event_types as (
    select right(code, 3) as code from listed where code ~ '^xxx[0-9]{3}$'
    union
    -- In use but not in the dictionary.
    select code from (values ('281'), ('282'), ('284'), ('850')) as used (code)
)

select source_row from events_sequence
where left(occurrence_code, 3) not in (select code from phases)
    or substr(occurrence_code, 4) not in (select code from event_types)
