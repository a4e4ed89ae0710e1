-- needs: raw_events
-- flags: events.dec_latitude latitude and longitude are both zero (a point in the Gulf of Guinea), which stands for missing coordinates
select source_row from raw_events
where convert.to_double(dec_latitude) = 0 and convert.to_double(dec_longitude) = 0
