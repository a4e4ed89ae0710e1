-- needs: dt_aircraft, aircraft
-- grain: one row per code of a multi-valued column of aircraft
alter table dt_aircraft add primary key (ev_id, aircraft_key, col_name, code);

-- Aircraft with a code.
create index dt_aircraft_col_name_code on dt_aircraft (col_name, code);

alter table dt_aircraft add foreign key (ev_id, aircraft_key) references aircraft;
