-- needs: events
-- checks: ev_year is the year of ev_date
-- severity: stop
-- allow: 0, it is a generated column
-- family: generated columns
select
    'events' as relation,
    ev_id as row_key,
    format('ev_year is %s, ev_date %s', ev_year, ev_date) as detail
from events
where ev_year is distinct from extract(year from ev_date)::integer
