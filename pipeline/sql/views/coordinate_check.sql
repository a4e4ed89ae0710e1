-- needs: events
-- grain: one row per event that has a place in decimal degrees and as text: the reading of the text that is nearest to the decimals
-- kind: view
-- NTSB wrote degrees, minutes and seconds without their zeros and then filled up from the left: 062272N is 62 27 02, 0010504W is 105 00 04.
-- No rule undoes that, so all ways to part the digits are tried and the nearest stands. It checks the decimals; it replaces nothing.
with places as (
    select ev_id, era, 'latitude' as axis, dec_latitude as degrees, upper(btrim(latitude)) as text_value, 'S' as negative, 90 as bound
    from events
    where dec_latitude between -90 and 90 and not (dec_latitude = 0 and dec_longitude = 0)
    union all
    select ev_id, era, 'longitude', dec_longitude, upper(btrim(longitude)), 'W', 180
    from events
    where dec_longitude between -180 and 180 and not (dec_latitude = 0 and dec_longitude = 0)
),

digits as (
    select *, ltrim(left(text_value, -1), '0') as bare, case when right(text_value, 1) = negative then -1 else 1 end as side
    from places
    where text_value ~ '^[0-9]{6,7}[NSEW]$' and text_value !~ '^0+[NSEW]$'
),

readings as (
    select
        digits.ev_id, digits.era, digits.axis, digits.text_value, digits.degrees,
        digits.side * (left(digits.bare, whole.length)::integer
            + substr(digits.bare, whole.length + 1, part.length)::integer / 60.0
            + substr(digits.bare, whole.length + part.length + 1)::integer / 3600.0)::double precision as reading
    from digits
    cross join generate_series(1, 3) as whole (length)
    cross join generate_series(1, 2) as part (length)
    where length(digits.bare) - whole.length - part.length between 1 and 2
        and left(digits.bare, whole.length)::integer <= digits.bound
        and substr(digits.bare, whole.length + 1, part.length)::integer < 60
        and substr(digits.bare, whole.length + part.length + 1)::integer < 60
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
    -- A hundredth of a degree, about a kilometre, is more than rounding to seconds can make.
    max(abs(reading - degrees)) <= 0.01 as agrees
from nearest
group by ev_id
