-- needs: mv_state_stats
-- grain: one row per state code of events in the USA; UNKNOWN where none is stated
select
    ev_state,
    ev_state_meaning,
    events,
    fatal_events,
    events - events_with_unknown_severity as events_of_known_severity
from mv_state_stats
order by events desc, ev_state collate "C";
