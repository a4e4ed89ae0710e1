-- needs: pre1982_seq_of_events, aircraft
-- grain: one row per cause or factor of an occurrence in 1962-1981, in the codes of those years; two rows if it applies to both occurrences
alter table pre1982_seq_of_events add primary key (ev_id, aircraft_key, record_id);
alter table pre1982_seq_of_events add foreign key (ev_id, aircraft_key) references aircraft;
