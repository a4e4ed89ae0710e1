-- needs: aircraft, events
-- flags: aircraft.date_last_insp last inspection dated after the event, or after the file
-- One day of tolerance: event dates are in UTC, inspection dates in local time. Events with a doubtful date are excluded, as is the
-- default 2 January 2000, which has a flag of its own.
with file as (
    select max(lchg_date) + interval '31 days' as last_date from events
)

select aircraft.source_row
from aircraft
inner join events on aircraft.ev_id = events.ev_id
cross join file
where aircraft.date_last_insp <> date '2000-01-02'
    and (
        aircraft.date_last_insp > file.last_date
        or aircraft.date_last_insp > events.ev_date + 1 and events.ev_date >= date '1982-01-01'
    )
