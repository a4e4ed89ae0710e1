-- needs: events, aircraft
-- checks: there are events and aircraft to publish
-- severity: stop
-- allow: 0, an empty table is a load that went wrong
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
