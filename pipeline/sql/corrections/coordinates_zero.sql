-- needs: events
-- corrects: events.dec_latitude, events.dec_longitude: both zero stands for missing coordinates; the raw text is
-- kept and the row is flagged
update events set dec_latitude = null, dec_longitude = null
where dec_latitude = 0 and dec_longitude = 0
