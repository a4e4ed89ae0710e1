-- needs: occurrences, aircraft
-- grain: one row per step in the chain of what happened to an aircraft, coded as before 2008
alter table occurrences add primary key (ev_id, aircraft_key, occurrence_no);

-- The aircraft to which something happened.
create index occurrences_occurrence_code on occurrences (occurrence_code);

alter table occurrences add foreign key (ev_id, aircraft_key) references aircraft;
