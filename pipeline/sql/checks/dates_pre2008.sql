-- needs: events
-- checks: events of the era pre2008 happened from 1982 to 2007
-- severity: warn
-- allow: 8, accidents of 1948 to 1981 whose wreckage was found later; NTSB publishes them in this file
-- family: dates
select
    'events' as relation,
    ev_id as row_key,
    format('ev_date is %s in %s', ev_date, source_file) as detail
from events
where era = 'pre2008' and ev_date not between '1982-01-01' and '2007-12-31'
