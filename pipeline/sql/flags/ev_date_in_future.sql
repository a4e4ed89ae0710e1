-- needs: events
-- flags: events.ev_date date more than 31 days after the last change to any event of the file
-- Independent of the system clock, so that the same file always gets the same flags.
select source_row from events
where ev_date > (select max(lchg_date) from events) + interval '31 days'
