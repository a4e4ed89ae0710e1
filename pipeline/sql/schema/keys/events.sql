-- needs: events
-- grain: one row per event
alter table events add primary key (ev_id);

-- Event by NTSB number.
create index events_ntsb_no on events (ntsb_no);

-- Events of a period, by date.
create index events_ev_date on events (ev_date);

-- Events of a year and severity.
create index events_ev_year_ev_highest_injury on events (ev_year, ev_highest_injury);

-- Events of a state, by year.
create index events_ev_state_ev_year on events (ev_state, ev_year);

-- Events within a distance of a point, in meters. Not of the geometry, whose distances are degrees. Half of the events have no point.
create index events_geom on events using gist ((geom::geography)) where geom is not null;

-- Names of cities and airports that are similar to a text or contain it.
create index events_ev_city_apt_name on events using gin (ev_city gin_trgm_ops, apt_name gin_trgm_ops);
