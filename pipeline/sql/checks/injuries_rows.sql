-- needs: events, flag
-- checks: the totals of an event since 1982 are the sums over its rows in injury
-- severity: warn
-- allow: 0, both are published as in the source
-- family: required values
select
    'events' as relation,
    concat_ws(' ', events.ev_id, flag.source_column) as row_key,
    format('%s is %s, its rows in injury have another sum', flag.source_column, flag.value) as detail
from flag
inner join events on flag.source_file = events.source_file and flag.source_row = events.source_row
where flag.flag = 'injury_rows_mismatch'
