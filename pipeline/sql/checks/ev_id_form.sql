-- needs: events
-- checks: an ev_id is a day, then X and five digits or a serial of six, or for 1962-1981 X and six digits
-- severity: warn
-- allow: 0, another form joins as well but may come from a misread file
-- family: required values
select
    'events' as relation,
    ev_id as row_key,
    'ev_id has another form' as detail
from events
where ev_id !~ case when era = 'pre1982' then '^[0-9]{8}X[0-9]{6}$' else '^[0-9]{8}(X[0-9]{5}|[0-9]{6})$' end
