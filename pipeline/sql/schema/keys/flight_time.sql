-- needs: flight_time, flight_crew
-- grain: one row per crew member, type of flight time and type of aircraft
alter table flight_time add primary key (ev_id, aircraft_key, crew_no, flight_type, flight_craft);
alter table flight_time add foreign key (ev_id, aircraft_key, crew_no) references flight_crew;
