-- needs: dt_aircraft, aircraft
-- grain: one row per code of a column of aircraft that takes several
alter table dt_aircraft add primary key (ev_id, aircraft_key, col_name, code);

-- The aircraft with a code.
create index dt_aircraft_col_name_code on dt_aircraft (col_name, code);

alter table dt_aircraft add foreign key (ev_id, aircraft_key) references aircraft;
