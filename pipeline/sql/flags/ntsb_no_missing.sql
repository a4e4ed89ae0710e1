-- needs: events
-- flags: events.ntsb_no no NTSB number
select source_row from events
where coalesce(ntsb_no, '') = ''
