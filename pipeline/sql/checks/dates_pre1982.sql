-- needs: events
-- checks: events of the era pre1982 happened from 1962 to 1981
-- severity: warn
-- allow: 0, the file contains no other years
-- family: dates
select
    'events' as relation,
    ev_id as row_key,
    format('ev_date is %s in %s', ev_date, source_file) as detail
from events
where era = 'pre1982' and ev_date not between '1962-01-01' and '1981-12-31'
