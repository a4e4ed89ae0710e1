-- needs: tblfirsthalf
-- checks: how many records of 1962-1981 are one event with others, and how many are doubtful
-- severity: report
-- allow: 0, a report accuses nobody
-- family: grain
with dated as (
    select
        recnum, date_occurrence, docket_no, regist_no, second_acft_regno,
        concat_ws(' ', locat_state_terr, upper(location)) as place,
        coalesce(docket_no, '') <> '' and coalesce(location, '') <> '' as is_evident
    from tblfirsthalf
    where date_occurrence is not null
),

groups as (
    select date_occurrence, docket_no, count(distinct place) as places, count(*) as records
    from dated
    where is_evident
    group by date_occurrence, docket_no
),

counted as (
    select 'one event' as row_key, coalesce(sum(records), 0) as records
    from (
        select count(*) as records
        from dated
        where is_evident
        group by date_occurrence, docket_no, place
        having count(*) > 1
    ) as joined
    union all
    -- One docket and day, places spelled differently: kept apart.
    select 'same docket and day, other place', coalesce(sum(records), 0)
    from groups
    where places > 1
    union all
    select 'no docket or no place', count(*)
    from dated
    where not is_evident
    union all
    -- A record names a second aircraft, and no record of that day and place bears its registration: the other aircraft
    -- has no record of its own (military or foreign), or stands under another docket or spelling.
    select 'second aircraft not found', count(*)
    from dated
    where second_acft_regno <> ''
        and not exists (
            select from dated as other
            where other.regist_no = dated.second_acft_regno and other.date_occurrence = dated.date_occurrence
                and other.place = dated.place
        )
)

select 'tblfirsthalf' as relation, row_key, format('%s records', records) as detail
from counted
