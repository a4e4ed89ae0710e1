-- needs: raw_events
-- flags: events.latitude not 6 digits (degrees, minutes, seconds) followed by N or S, or all zero
-- Where the decimal degrees are zero too, coordinates_zero applies instead.
select source_row from raw_events
where latitude !~ '^ *[0-9]{6}[NS] *$'
    or latitude ~ '^ *0+[NS] *$'
    and (convert.to_double(dec_latitude) = 0 and convert.to_double(dec_longitude) = 0) is not true
