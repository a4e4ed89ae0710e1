-- needs: nothing
-- grain: functions from the text of a date, a moment or a clock time to the typed value; NULL where there is no such
-- day or hour, never an error. The casts of PostgreSQL heed DateStyle, so they are not immutable and mostly not used.
create schema if not exists convert;

-- A day of the calendar from its numbers; NULL for 30 February. Years before 1000 are slips of the pen.
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

-- '2012-03-04' and, month first as NTSB writes, '3/4/2012'; a time of day after it is allowed and not kept.
-- Two-digit years are refused: '07/23/62' may be 1962 or 2062, and a guess would be an invention.
create or replace function convert.to_date(value text) returns date
language sql immutable parallel safe
return case
    when value ~ '^ *[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])? *$'
        then convert.day(
            substr(ltrim(value), 1, 4)::integer, substr(ltrim(value), 6, 2)::integer,
            substr(ltrim(value), 9, 2)::integer
        )
    when value ~ '^ *[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}( ([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])? *$'
        then convert.day(
            left(split_part(value, '/', 3), 4)::integer, split_part(value, '/', 1)::integer,
            split_part(value, '/', 2)::integer
        )
end;

-- The date and the time of day after it, midnight where there is none. No zone: NTSB states none. Every row of most
-- tables has one (lchg_date), so the form that mdb-export writes has a way of its own, twice as fast: no cast can fail
-- or heed DateStyle on a day of the calendar that is told year first. 29 February is left to the other way.
create or replace function convert.to_timestamp(value text) returns timestamp
language sql stable parallel safe
return case
    when value
        ~ (
            '^[1-9][0-9]{3}-((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)'
            ' ([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$'
        )
        then value::timestamp
    else convert.to_date(value) + case
        when value ~ '([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9] *$'
            then make_time(
                left(right(rtrim(value), 8), 2)::integer, left(right(rtrim(value), 5), 2)::integer,
                right(rtrim(value), 2)::integer
            )
        else time '00:00'
    end
end;

-- The clock as a number, hours times hundred plus minutes, unpadded: '44' is 00:44, '825' is 08:25. 2400 is no time.
create or replace function convert.to_time(value text) returns time
language sql immutable parallel safe
return case
    when value ~ '^ *(([01]?[0-9]|2[0-3])?[0-5])?[0-9](\.0+)? *$'
        then make_time(split_part(value, '.', 1)::integer / 100, split_part(value, '.', 1)::integer % 100, 0)
end;
