-- needs: injury, aircraft
-- grain: one row per aircraft, group of persons and level of injury
alter table injury add primary key (ev_id, aircraft_key, inj_person_category, injury_level);
alter table injury add foreign key (ev_id, aircraft_key) references aircraft;
