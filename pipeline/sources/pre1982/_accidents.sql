-- needs: tblfirsthalf
-- grain: temporary view accident: one row per tblFirstHalf row

-- Assigns rows to events. A row describes one aircraft; a collision has several. Rows with equal docket, date and location belong
-- to one event: a docket is one investigation (numbers restart every year) and is shared by both aircraft of a collision. The time
-- of day is not used, because it is blank or rounded on some rows. A row without docket, date or location is an event of its own.
-- Rows with the same docket and date but different location text, or the reverse, remain separate events: doubtful cases are not
-- merged. ev_id consists of a prefix, which no id of NTSB has, and the lowest RecNum, so that it does not change when rows are
-- appended or cells are corrected. It does not contain the date, because a date is corrected or added later.
create or replace temporary view accident as
select
    recnum,
    source_row,
    'PRE1982-' || lpad(first_recnum::text, greatest(6, length(first_recnum::text)), '0') as ev_id,
    aircraft_key
from (
    select
        recnum,
        source_row,
        min(recnum) over same_event as first_recnum,
        (rank() over (same_event order by recnum))::integer as aircraft_key
    from tblfirsthalf
    window same_event as (
        partition by
            date_occurrence, docket_no, locat_state_terr, upper(location),
            case when date_occurrence is null or coalesce(docket_no, '') = '' or coalesce(location, '') = '' then recnum end
    )
) as keyed;
