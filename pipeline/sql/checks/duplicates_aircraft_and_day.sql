-- needs: events, aircraft
-- checks: no aircraft has two events on one day
-- severity: warn
-- allow: 0, usually one accident with two ids; both are published
-- family: duplicates
with registrations as materialized (
    select
        events.ev_date,
        convert.to_code(aircraft.regis_no) as registration,
        events.ev_id
    from aircraft
    inner join events on aircraft.ev_id = events.ev_id
    -- A registration contains a digit, unlike NONE or UNKNOWN.
    where events.ev_date is not null and aircraft.regis_no ~ '[0-9]' and length(btrim(aircraft.regis_no)) >= 4
),

repeated as (
    select registration, ev_date
    from registrations
    group by registration, ev_date
    having min(ev_id) <> max(ev_id)
)

select
    'events' as relation,
    format('%s %s', registration, ev_date) as row_key,
    format('%s events: %s', count(distinct ev_id), string_agg(distinct ev_id collate "C", ', ' order by ev_id collate "C")) as detail
from registrations
inner join repeated using (registration, ev_date)
group by registration, ev_date
