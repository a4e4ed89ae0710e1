-- needs: events, states
-- flags: events.ev_city ends with a state that is not that of ev_state
select events.source_row
from events
inner join states on states.state = substring(upper(events.ev_city) from ',\s*([A-Z]{2})\s*$')
where upper(events.ev_state) <> states.state
