-- needs: events
-- flags: events.ntsb_no an event without a number of its own
select source_row from events
where coalesce(ntsb_no, '') = ''
