-- needs: dt_flight_crew, flight_crew
-- grain: one row per code of a multi-valued column of flight_crew
alter table dt_flight_crew add primary key (ev_id, aircraft_key, crew_no, col_name, code);
alter table dt_flight_crew add foreign key (ev_id, aircraft_key, crew_no) references flight_crew;
