-- needs: events, states, eadmspub_datadictionary, ct_iaids
-- flags: events.ev_state state or territory code missing from all code lists of the file
with known as (
    select state as code from states
    union
    select code_iaids from eadmspub_datadictionary
    where lower("table") = 'events' and "column" = 'ev_state' and code_iaids is not null
    union
    select code_iaids from ct_iaids where ct_name = 'ct_states' and code_iaids is not null
    union
    -- In use but in no list: OF for foreign locations, and territories that only some editions list.
    select code from (values ('OF'), ('PR'), ('GU'), ('VI'), ('AO'), ('PO'), ('GM'), ('CB')) as used (code)
)

select source_row from events
where ev_state is not null and ev_state not in (select code from known)
