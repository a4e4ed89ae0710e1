-- needs: flight_crew, aircraft
-- grain: one row per crew member of an aircraft
alter table flight_crew add primary key (ev_id, aircraft_key, crew_no);
alter table flight_crew add foreign key (ev_id, aircraft_key) references aircraft;
