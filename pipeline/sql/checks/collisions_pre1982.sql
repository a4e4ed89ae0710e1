-- needs: tblfirsthalf
-- checks: number of records of 1962-1981 that share an event with other records, and number of doubtful cases
-- severity: report
-- allow: 0, a report never fails
-- family: grain
with record as (
    select
        recnum, date_occurrence, docket_no, regist_no, second_acft_regno,
        concat_ws(' ', locat_state_terr, upper(location)) as location,
        coalesce(docket_no, '') <> '' and coalesce(location, '') <> '' and date_occurrence is not null as is_groupable
    from tblfirsthalf
),

groups as (
    select date_occurrence, docket_no, count(distinct location) as locations, count(*) as records
    from record
    where is_groupable
    group by date_occurrence, docket_no
),

-- Docket numbers restart every year.
days as (
    select docket_no, location, count(distinct date_occurrence) as days, count(*) as records
    from record
    where is_groupable
    group by docket_no, location, date_trunc('year', date_occurrence)
),

counted as (
    select 'one event' as row_key, coalesce(sum(records), 0) as records
    from (
        select count(*) as records
        from record
        where is_groupable
        group by date_occurrence, docket_no, location
        having count(*) > 1
    ) as shared_events
    union all
    -- Same docket and day, but different location text: kept as separate events.
    select 'same docket and day, other place', coalesce(sum(records), 0)
    from groups
    where locations > 1
    union all
    -- One of the dates may be wrong: kept as separate events until the file has equal dates.
    select 'same docket, year and place, other day', coalesce(sum(records), 0)
    from days
    where days > 1
    union all
    select 'no docket, date or place', count(*)
    from record
    where not is_groupable
    union all
    -- The record names a second aircraft, but no record of that day and location has its registration: the other aircraft
    -- has no record of its own (military or foreign), or has another docket or spelling.
    select 'second aircraft not found', count(*)
    from record
    where second_acft_regno <> ''
        and not exists (
            select from record as other
            where other.regist_no = record.second_acft_regno and other.date_occurrence = record.date_occurrence
                and other.location = record.location
        )
)

select 'tblfirsthalf' as relation, row_key, format('%s records', records) as detail
from counted
