-- needs: raw_events
-- flags: events.ev_date no date
select source_row from raw_events
where btrim(coalesce(ev_date, '')) = ''
