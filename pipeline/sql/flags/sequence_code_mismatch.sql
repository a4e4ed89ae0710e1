-- needs: events_sequence, eadmspub_datadictionary
-- flags: Events_Sequence.phase_no phase and event columns differ from the phase and event in the code
-- Codes with an unknown phase are excluded: sequence_code_unknown flags them. 553 and 601 are in use but not in the dictionary.
with phases as (
    select left(code_iaids, 3) as code from eadmspub_datadictionary
    where lower("table") = 'events_sequence' and "column" = 'Occurrence_Code' and code_iaids ~ '^[0-9]{3}xxx$'
    union
    select code from (values ('553'), ('601')) as used (code)
)

select source_row from events_sequence
where occurrence_code ~ '^[0-9]{6}$' and occurrence_code <> phase_no || eventsoe_no
    and left(occurrence_code, 3) in (select code from phases)
