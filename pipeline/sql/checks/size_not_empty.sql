-- needs: events, aircraft
-- checks: events and aircraft are not empty
-- severity: stop
-- allow: 0, an empty table means that the load failed
-- family: size
select
    'events' as relation,
    'all' as row_key,
    'no rows' as detail
where not exists (select from events)
union all
select
    'aircraft' as relation,
    'all' as row_key,
    'no rows' as detail
where not exists (select from aircraft)
