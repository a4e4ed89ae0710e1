-- needs: dt_aircraft, aircraft
-- grain: one row per code of a multi-valued column of aircraft
alter table dt_aircraft add primary key (ev_id, aircraft_key, col_name, code);
alter table dt_aircraft add foreign key (ev_id, aircraft_key) references aircraft;
