-- needs: events
-- flags: events.ev_date before 1982, where these databases begin (a few are true: wrecks found and investigated later)
select source_row from events
where ev_date < date '1982-01-01'
