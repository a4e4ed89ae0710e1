-- needs: events, states, eadmspub_datadictionary, ct_iaids
-- flags: events.ev_state a state or territory that none of the file's lists knows
with known as (
    select state as code from states
    union
    select code_iaids from eadmspub_datadictionary
    where lower("table") = 'events' and "column" = 'ev_state' and code_iaids is not null
    union
    select code_iaids from ct_iaids where ct_name = 'ct_states' and code_iaids is not null
    union
    -- In use, in no list: OF for foreign waters and soil, and territories that only some vintages list.
    select code from (values ('OF'), ('PR'), ('GU'), ('VI'), ('AO'), ('PO'), ('GM'), ('CB')) as used (code)
)

select source_row from events
where ev_state is not null and ev_state not in (select code from known)
