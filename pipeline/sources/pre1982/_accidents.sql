-- needs: tblfirsthalf
-- grain: temporary view: accident, one row per aircraft row that has a date

-- A row is an aircraft; a collision is several. Rows are one event where docket, day and place agree: a docket is one
-- investigation, restarts every year, and both aircraft of a collision bear it. The clock is no part of it: it is blank
-- or rounded on some rows. Without a docket or a place there is no such evidence, and the row is an event of its own.
-- Two rows of one docket and day whose places are spelled differently stay apart: doubtful cases are not merged.
-- The id is the day and the lowest RecNum, so it stays when rows are added behind it. Without a day there is no id.
create or replace temporary view accident as
select
    recnum,
    source_row,
    to_char(date_occurrence, 'YYYYMMDD') || 'X'
    || lpad(first_recnum::text, greatest(6, length(first_recnum::text)), '0') as ev_id,
    aircraft_key
from (
    select
        recnum,
        source_row,
        date_occurrence,
        min(recnum) over same_event as first_recnum,
        (rank() over (same_event order by recnum))::integer as aircraft_key
    from tblfirsthalf
    where date_occurrence is not null
    window same_event as (
        partition by
            date_occurrence, docket_no, locat_state_terr, upper(location),
            case when coalesce(docket_no, '') = '' or coalesce(location, '') = '' then recnum end
    )
) as grouped;
