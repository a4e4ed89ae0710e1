-- needs: dt_events, events
-- grain: one row per code of a multi-valued column of events
alter table dt_events add primary key (ev_id, col_name, code);
alter table dt_events add foreign key (ev_id) references events;
