-- needs: raw_events
-- flags: events.dec_latitude latitude and longitude both zero: a place in the Gulf of Guinea that stands for none
select source_row from raw_events
where convert.to_double(dec_latitude) = 0 and convert.to_double(dec_longitude) = 0
