-- needs: events
-- grain: one row per event
alter table events add primary key (ev_id);

-- An event by the number that NTSB cites.
create index events_ntsb_no on events (ntsb_no);

-- The events of a period, in order of date.
create index events_ev_date on events (ev_date);

-- The events of a state, in order of date.
create index events_ev_state_ev_date on events (ev_state, ev_date);

-- The events within a distance of a place.
create index events_geom on events using gist (geom);
