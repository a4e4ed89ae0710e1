-- needs: events
-- checks: events of the era avall happened 2008 or later
-- severity: warn
-- allow: 0, a weekly file may revise an older event, which is then listed
-- family: dates
select
    'events' as relation,
    ev_id as row_key,
    format('ev_date is %s in %s', ev_date, source_file) as detail
from events
where era = 'avall' and ev_date < '2008-01-01'
