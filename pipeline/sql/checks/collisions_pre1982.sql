-- needs: tblfirsthalf
-- checks: number of records of 1962-1981 that share an event with other records, and number of doubtful cases
-- severity: report
-- allow: 0, a report never fails
-- family: grain
with dated as (
    select
        recnum, date_occurrence, docket_no, regist_no, second_acft_regno,
        concat_ws(' ', locat_state_terr, upper(location)) as location,
        coalesce(docket_no, '') <> '' and coalesce(location, '') <> '' as is_groupable
    from tblfirsthalf
    where date_occurrence is not null
),

groups as (
    select date_occurrence, docket_no, count(distinct location) as locations, count(*) as records
    from dated
    where is_groupable
    group by date_occurrence, docket_no
),

counted as (
    select 'one event' as row_key, coalesce(sum(records), 0) as records
    from (
        select count(*) as records
        from dated
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
    select 'no docket or no place', count(*)
    from dated
    where not is_groupable
    union all
    -- The record names a second aircraft, but no record of that day and location has its registration: the other aircraft
    -- has no record of its own (military or foreign), or has another docket or spelling.
    select 'second aircraft not found', count(*)
    from dated
    where second_acft_regno <> ''
        and not exists (
            select from dated as other
            where other.regist_no = dated.second_acft_regno and other.date_occurrence = dated.date_occurrence
                and other.location = dated.location
        )
)

select 'tblfirsthalf' as relation, row_key, format('%s records', records) as detail
from counted
