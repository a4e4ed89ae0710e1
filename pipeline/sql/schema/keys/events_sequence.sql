-- needs: events_sequence, aircraft
-- grain: one row per event in the accident sequence of an aircraft, in the codes used since 2008
alter table events_sequence add primary key (ev_id, aircraft_key, occurrence_no);

-- Aircraft with an occurrence.
create index events_sequence_occurrence_code on events_sequence (occurrence_code);

alter table events_sequence add foreign key (ev_id, aircraft_key) references aircraft;
