-- needs: raw_events
-- flags: events.longitude not 7 digits (degrees, minutes, seconds) followed by E or W, or all zero
-- Where the decimal degrees are zero too, coordinates_zero applies instead.
select source_row from raw_events
where longitude !~ '^ *[0-9]{7}[EW] *$'
    or longitude ~ '^ *0+[EW] *$'
    and (convert.to_double(dec_latitude) = 0 and convert.to_double(dec_longitude) = 0) is not true
