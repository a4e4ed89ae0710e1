-- needs: nothing
-- Functions that cast the text of a coordinate to decimal degrees (west and south negative); NULL where out of range.
-- NTSB's files also contain degrees, minutes and seconds written as one number (4603, -894627): out of range, so NULL.
create schema if not exists convert;

create or replace function convert.to_latitude(value text) returns double precision
language sql immutable parallel safe
return case when convert.to_double(value) between -90 and 90 then convert.to_double(value) end;

create or replace function convert.to_longitude(value text) returns double precision
language sql immutable parallel safe
return case when convert.to_double(value) between -180 and 180 then convert.to_double(value) end;
