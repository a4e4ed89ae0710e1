-- needs: events
-- flags: events.ev_date date before 1982, the first year of these databases; a few are correct: wreckage found and investigated later
select source_row from events
where ev_date < date '1982-01-01'
