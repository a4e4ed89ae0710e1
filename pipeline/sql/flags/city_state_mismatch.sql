-- needs: events, states
-- flags: events.ev_city ends with the name or code of a state that is not that of ev_state
-- A name also counts without a country, but not abroad: Georgia is a country as well.
with written as materialized (
    select
        source_row, convert.to_code(ev_state) as code, coalesce(convert.to_code(ev_country), 'USA') in ('', 'USA') as is_domestic,
        convert.to_code(translate(substring(ev_city from ',([^,]*)$'), '.', '')) as state
    from events
    where ev_city like '%,%'
)

select distinct written.source_row
from written
inner join states on written.state = states.state or (written.is_domestic and written.state = upper(states.name))
where written.code <> states.state
