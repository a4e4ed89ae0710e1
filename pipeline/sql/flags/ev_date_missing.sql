-- needs: raw_events
-- flags: events.ev_date an event without a date
select source_row from raw_events
where btrim(coalesce(ev_date, '')) = ''
