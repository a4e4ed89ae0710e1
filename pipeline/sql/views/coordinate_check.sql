-- needs: events
-- grain: one row per event with coordinates both as decimal degrees and as text: the reading of the text that is closest to the decimals
-- kind: view
-- NTSB wrote degrees, minutes and seconds without leading zeros and then padded the text on the left: 062272N is 62 27 02, 0010504W is
-- 105 00 04. That cannot be reversed by rule, so every way to split the digits is tried and the closest result is used. This checks the
-- decimal coordinates; it does not replace them.
-- column: latitude_from_text Latitude read from the text, in decimal degrees, north positive: the reading that is closest to dec_latitude.
-- column: latitude_difference Absolute difference of that reading and dec_latitude, in degrees.
-- column: longitude_from_text Longitude read from the text, in decimal degrees, east positive: the reading that is closest to dec_longitude.
-- column: longitude_difference Absolute difference of that reading and dec_longitude, in degrees.
-- column: agrees True where no difference exceeds 0.01 degrees.
with coordinates as (
    select
        ev_id, era, 'latitude' as axis, dec_latitude as degrees, convert.to_code(latitude) as text_value, 'S' as negative, 90 as bound
    from events
    where dec_latitude between -90 and 90 and not (dec_latitude = 0 and dec_longitude = 0)
    union all
    select ev_id, era, 'longitude', dec_longitude, convert.to_code(longitude), 'W', 180
    from events
    where dec_longitude between -180 and 180 and not (dec_latitude = 0 and dec_longitude = 0)
),

digits as (
    select *, ltrim(left(text_value, -1), '0') as significant, case when right(text_value, 1) = negative then -1 else 1 end as sign
    from coordinates
    where text_value ~ '^[0-9]{6,7}[NSEW]$' and text_value !~ '^0+[NSEW]$'
),

readings as (
    select
        digits.ev_id, digits.era, digits.axis, digits.text_value, digits.degrees,
        digits.sign * (left(digits.significant, degree_part.length)::integer
            + substr(digits.significant, degree_part.length + 1, minute_part.length)::integer / 60.0
            + substr(digits.significant, degree_part.length + minute_part.length + 1)::integer / 3600.0)::double precision as reading
    from digits
    cross join generate_series(1, 3) as degree_part (length)
    cross join generate_series(1, 2) as minute_part (length)
    where length(digits.significant) - degree_part.length - minute_part.length between 1 and 2
        and left(digits.significant, degree_part.length)::integer <= digits.bound
        and substr(digits.significant, degree_part.length + 1, minute_part.length)::integer < 60
        and substr(digits.significant, degree_part.length + minute_part.length + 1)::integer < 60
),

nearest as (
    select distinct on (ev_id, axis) ev_id, era, axis, text_value, degrees, reading
    from readings
    order by ev_id, axis, abs(reading - degrees), reading
)

select
    ev_id,
    min(era) as era,
    max(text_value) filter (where axis = 'latitude') as latitude,
    max(reading) filter (where axis = 'latitude') as latitude_from_text,
    max(abs(reading - degrees)) filter (where axis = 'latitude') as latitude_difference,
    max(text_value) filter (where axis = 'longitude') as longitude,
    max(reading) filter (where axis = 'longitude') as longitude_from_text,
    max(abs(reading - degrees)) filter (where axis = 'longitude') as longitude_difference,
    -- Rounding to seconds causes less than a hundredth of a degree (about one kilometer).
    max(abs(reading - degrees)) <= 0.01 as agrees
from nearest
group by ev_id
