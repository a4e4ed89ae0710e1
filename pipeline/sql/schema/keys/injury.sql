-- needs: injury, aircraft
-- grain: one row per aircraft, person category and injury level
alter table injury add primary key (ev_id, aircraft_key, inj_person_category, injury_level);
alter table injury add foreign key (ev_id, aircraft_key) references aircraft;
