-- needs: events
-- grain: one row per event
alter table events add primary key (ev_id);

-- Event by NTSB number.
create index events_ntsb_no on events (ntsb_no);

-- Events of a period, by date.
create index events_ev_date on events (ev_date);

-- Events of a state, by date.
create index events_ev_state_ev_date on events (ev_state, ev_date);

-- Events within a distance of a point.
create index events_geom on events using gist (geom);
