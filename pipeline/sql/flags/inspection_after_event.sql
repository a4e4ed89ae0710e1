-- needs: aircraft, events
-- flags: aircraft.date_last_insp the last inspection before the event, but later, or later than the file
-- Dates of events are of Greenwich, those of inspections local: a day more is allowed. A date of an event that is
-- itself in doubt proves nothing, and the default of 2 January 2000 has a flag of its own.
with file as (
    select max(lchg_date) + interval '31 days' as made from events
)

select aircraft.source_row
from aircraft
inner join events on aircraft.ev_id = events.ev_id
cross join file
where aircraft.date_last_insp <> date '2000-01-02'
    and (
        aircraft.date_last_insp > file.made
        or aircraft.date_last_insp > events.ev_date + 1 and events.ev_date >= date '1982-01-01'
    )
