-- needs: nothing
-- Functions that cast text to a date, a timestamp or a time of day; NULL where there is no such day or hour, never an error.
-- PostgreSQL's own casts depend on DateStyle and are therefore not immutable; they are used in one place only.
create schema if not exists convert;

-- Calendar date from its parts; NULL for dates that do not exist, such as 30 February. Years before 1000 are typing errors.
create or replace function convert.day(year integer, month integer, day integer) returns date
language sql immutable parallel safe
return case
    when year < 1000 or month not between 1 and 12 or day < 1 then null
    when day <= 28 then make_date(year, month, day)
    when day <= case
        when month in (4, 6, 9, 11) then 30
        when month <> 2 then 31
        when year % 4 = 0 and (year % 100 <> 0 or year % 400 = 0) then 29
        else 28
    end then make_date(year, month, day)
end;

-- Accepts '2012-03-04' and, with NTSB's month-first order, '3/4/2012'; a time of day after it is ignored.
-- Two-digit years give NULL: '07/23/62' may be 1962 or 2062, and values are never guessed.
create or replace function convert.to_date(value text) returns date
language sql immutable parallel safe
return case
    when value ~ '^ *[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?)? *$'
        then convert.day(
            substr(ltrim(value), 1, 4)::integer, substr(ltrim(value), 6, 2)::integer,
            substr(ltrim(value), 9, 2)::integer
        )
    when value ~ '^ *[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}( ([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?)? *$'
        then convert.day(
            left(split_part(value, '/', 3), 4)::integer, split_part(value, '/', 1)::integer,
            split_part(value, '/', 2)::integer
        )
end;

-- Date with time of day, midnight where there is none; without time zone, because NTSB states none. Most tables have one per
-- row (lchg_date), so the format of the reader has a branch of its own, twice as fast: casting an existing date written
-- year first cannot fail and does not depend on DateStyle. 29 February is left to the general branch.
create or replace function convert.to_timestamp(value text) returns timestamp
language sql stable parallel safe
return case
    when value
        ~ (
            '^[1-9][0-9]{3}-((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)'
            ' ([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?$'
        )
        then value::timestamp
    else convert.to_date(value) + coalesce(
        substring(value from '((?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?) *$')::time, time '00:00'
    )
end;

-- Time of day written as the number hours * 100 + minutes without leading zeros: '44' is 00:44, '825' is 08:25; '2400' is NULL.
create or replace function convert.to_time(value text) returns time
language sql immutable parallel safe
return case
    when value ~ '^ *(([01]?[0-9]|2[0-3])?[0-5])?[0-9](\.0+)? *$'
        then make_time(split_part(value, '.', 1)::integer / 100, split_part(value, '.', 1)::integer % 100, 0)
end;
