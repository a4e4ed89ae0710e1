-- needs: nothing
-- grain: functions from the text of an Access number to a number; NULL where the text is not one, never an error.
-- One expression each and not strict, so that the planner puts them in line: a call would cost ten times as much.
-- Digits alone, as most values are, are told by taking the digits out: half the cost of a pattern.
-- [0-9] and ' ' rather than \d and \s: those match characters of other scripts, which the casts refuse with an error.
create schema if not exists convert;

-- Up to nine digits are safe to cast; more are weighed as numeric first.
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

-- Bounds: the smallest and the largest number of the type, zero aside; what lies outside would raise an error, and so
-- would a numeric of more digits than it can hold.
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
