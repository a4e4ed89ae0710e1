-- needs: occurrences, aircraft
-- grain: one row per occurrence in the accident sequence of an aircraft, in the codes used before 2008
alter table occurrences add primary key (ev_id, aircraft_key, occurrence_no);

-- Aircraft with an occurrence.
create index occurrences_occurrence_code on occurrences (occurrence_code);

alter table occurrences add foreign key (ev_id, aircraft_key) references aircraft;
