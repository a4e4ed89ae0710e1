-- needs: engines, aircraft
-- grain: one row per engine of an aircraft, with its propeller
alter table engines add primary key (ev_id, aircraft_key, eng_no);
alter table engines add foreign key (ev_id, aircraft_key) references aircraft;
