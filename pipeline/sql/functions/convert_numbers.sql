-- needs: nothing
-- Functions that cast the text of an Access number to a number; NULL where the text is not a number, never an error.
-- Each is a single expression and not strict, so that the planner inlines it: a function call costs ten times as much.
-- Most values consist of digits only; testing for them with translate() costs half as much as a regular expression.
-- [0-9] and ' ' instead of \d and \s, which also match characters of other scripts that the casts reject with an error.
create schema if not exists convert;

-- Up to nine digits are safe to cast; longer values are compared with the range of the type first.
create or replace function convert.to_integer(value text) returns integer
language sql immutable parallel safe
return case
    when length(value) between 1 and 9 and translate(value, '0123456789', '') = '' then value::integer
    when value ~ '^ *[+-]?[0-9]{1,9}(\.0+)? *$' then split_part(value, '.', 1)::integer
    when value ~ '^ *[+-]?[0-9]{10,100}(\.0+)? *$' then case
        when split_part(value, '.', 1)::numeric between -2147483648 and 2147483647
            then split_part(value, '.', 1)::integer
    end
end;

create or replace function convert.to_bigint(value text) returns bigint
language sql immutable parallel safe
return case
    when value ~ '^ *[+-]?[0-9]{1,18}(\.0+)? *$' then split_part(value, '.', 1)::bigint
    when value ~ '^ *[+-]?[0-9]{19,100}(\.0+)? *$' then case
        when split_part(value, '.', 1)::numeric between -9223372036854775808 and 9223372036854775807
            then split_part(value, '.', 1)::bigint
    end
end;

-- The bounds are the smallest and largest nonzero absolute values of the type: casting values outside them raises an error, as
-- does a numeric with too many digits.
create or replace function convert.to_real(value text) returns real
language sql immutable parallel safe
return case
    when length(value) between 1 and 9 and translate(value, '0123456789', '') = '' then value::real
    when value ~ '^ *[+-]?[0-9]{1,9}(\.[0-9]{1,9})? *$' then value::real
    when length(value) < 400 and value ~ '^ *[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})? *$' then case
        when value::numeric = 0 or abs(value::numeric) between 1.4e-45 and 3.4028235e38 then value::real
    end
end;

create or replace function convert.to_double(value text) returns double precision
language sql immutable parallel safe
return case
    when value ~ '^ *[+-]?[0-9]{1,9}(\.[0-9]{1,17})? *$' then value::double precision
    when length(value) < 400 and value ~ '^ *[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})? *$' then case
        when value::numeric = 0 or abs(value::numeric) between 4.94e-324 and 1.7976931348623157e308
            then value::double precision
    end
end;

-- abs() instead of `between`, which would evaluate the cast a third time.
-- Coordinates in decimal degrees, west and south negative; NULL where out of range. NTSB's files also contain degrees, minutes and
-- seconds written as one number (4603, -894627), which are out of range.
create or replace function convert.to_latitude(value text) returns double precision
language sql immutable parallel safe
return case when abs(convert.to_double(value)) <= 90 then convert.to_double(value) end;

create or replace function convert.to_longitude(value text) returns double precision
language sql immutable parallel safe
return case when abs(convert.to_double(value)) <= 180 then convert.to_double(value) end;
