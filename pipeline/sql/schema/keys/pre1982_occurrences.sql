-- needs: pre1982_occurrences, aircraft
-- grain: one row per occurrence in the accident sequence of an aircraft in 1962-1981, in the codes of those years
alter table pre1982_occurrences add primary key (ev_id, aircraft_key, record_id);
alter table pre1982_occurrences add foreign key (ev_id, aircraft_key) references aircraft;
